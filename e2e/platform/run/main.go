// SPDX-License-Identifier: Apache-2.0

// Command run installs the platform on a cluster, or parts of it.
//
//	go run ./e2e/platform/run install          everything; a second time in seconds
//	go run ./e2e/platform/run adze [NAME…]     adze's images and YAML from this tree
//	go run ./e2e/platform/run images [NAME…]   base images into the cache, digests printed
//	go run ./e2e/platform/run images --push --registry localhost:5001 [NAME…]
//
// The cluster is the one that --kubeconfig and --state name.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/adze-ci/adze/e2e/platform"
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
	cache, err := tools.Cache()
	if err != nil {
		return err
	}
	p := &platform.Platform{Cache: filepath.Join(cache, "platform"), Tool: tools.Program, Progress: os.Stderr}
	fs := flag.NewFlagSet("platform", flag.ContinueOnError)
	fs.StringVar(&p.State, "state", "", "the cluster's folder, with ca.crt and ca.key")
	fs.StringVar(&p.Kubeconfig, "kubeconfig", os.Getenv("KUBECONFIG"), "how to reach the cluster")
	fs.StringVar(&p.Registry, "registry", "localhost:5001", "registry to push to, as the nodes name it")
	push := fs.Bool("push", false, "images: push them to the registry, below base/")
	if len(args) == 0 {
		return errors.New("say what to do: install, adze or images")
	}
	if err := fs.Parse(args[1:]); err != nil {
		return err
	}
	if p.Tree, err = tools.Root(); err != nil {
		return err
	}
	if args[0] == "images" {
		return printImages(ctx, p, *push, fs.Args())
	}
	if p.Kubectl, err = tools.Program(ctx, "kubernetes", "kubectl"); err != nil {
		return err
	}
	if p.CA, err = platform.LoadCA(p.State); err != nil {
		return err
	}
	switch args[0] {
	case "install":
		_, err := p.Install(ctx)
		return err
	case "adze":
		r, err := p.Adze(ctx, fs.Args()...)
		fmt.Println(r.Dir)
		return err
	}
	return fmt.Errorf("%q is none of install, adze and images", args[0])
}

// printImages assembles base images, all without names, and prints the digest of
// each, or the reference that it was pushed as.
func printImages(ctx context.Context, p *platform.Platform, push bool, names []string) error {
	if len(names) == 0 {
		var err error
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
