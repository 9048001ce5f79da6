// SPDX-License-Identifier: Apache-2.0

// Command run installs the platform on a cluster that is up, or parts of it.
//
//	go run ./e2e/platform/run install          everything; a second time in seconds
//	go run ./e2e/platform/run adze [NAME…]     adze's images, all or some, and its YAML
//	go run ./e2e/platform/run images [NAME…]   base images into the cache, digests printed
//	go run ./e2e/platform/run images --push --registry localhost:5001 [NAME…]
//
// The cluster is the one that ADZE_CLUSTER_NAME names, or else "adze". What adze
// prints is the folder of the YAML, ready for kubectl apply.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/platform"
	"github.com/adze-ci/adze/e2e/site"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/images"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("platform", flag.ContinueOnError)
	push := fs.Bool("push", false, "images: push them to the registry, below base/")
	registry := fs.String("registry", kindcluster.RegistryAddress, "images: the registry to push to")
	state := fs.String("state", "", "adze: folder for rendered/ and images.json; the cluster's when empty")
	if len(args) == 0 {
		return errors.New("say what to do: install, adze or images")
	}
	if err := fs.Parse(args[1:]); err != nil {
		return err
	}
	if args[0] == "images" {
		return printImages(ctx, *registry, *push, fs.Args())
	}
	c, err := kindcluster.Open(ctx, cmp.Or(os.Getenv("ADZE_CLUSTER_NAME"), kindcluster.DefaultName))
	if err != nil {
		return err
	}
	p, err := site.Platform(c, os.Stderr)
	if err != nil {
		return err
	}
	switch args[0] {
	case "install":
		_, err := p.Install(ctx)
		return err
	case "adze":
		p.State = cmp.Or(*state, p.State)
		r, err := p.Adze(ctx, fs.Args()...)
		if err == nil {
			fmt.Println(r.Dir)
		}
		return err
	}
	return fmt.Errorf("%q is none of install, adze and images", args[0])
}

// printImages assembles base images, all without names, and prints the digest of
// each, or the reference that it was pushed as.
func printImages(ctx context.Context, registry string, push bool, names []string) error {
	cache, err := tools.Cache()
	if err != nil {
		return err
	}
	p := &platform.Platform{Cache: filepath.Join(cache, "platform"), Registry: registry, Tool: tools.Program, Progress: os.Stderr}
	if len(names) == 0 {
		if names, err = images.Names(); err != nil {
			return err
		}
	}
	for _, name := range names {
		text, err := base(ctx, p, push, name)
		if err != nil {
			return err
		}
		fmt.Println(name, text)
	}
	return nil
}

func base(ctx context.Context, p *platform.Platform, push bool, name string) (string, error) {
	if push {
		refs, err := p.Bases(ctx, name)
		return refs[name], err
	}
	dir := filepath.Join(p.Cache, "images")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	img, err := images.Builder{Cache: dir, Tool: p.Tool}.Build(ctx, name)
	if err != nil {
		return "", err
	}
	digest, err := img.Digest()
	return digest.String(), err
}
