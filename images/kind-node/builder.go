// SPDX-License-Identifier: Apache-2.0

package kindnode

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/internal/run"
)

// Builder makes the node image.
type Builder struct {
	// Tools are the folders of the built programs, by tool: kubernetes, etcd,
	// coredns and pause. A folder's name has to change with its content.
	Tools map[string]string
	// Kind is the folder of kind's module.
	Kind string
	// Version is Kubernetes', such as v1.35.4.
	Version string
	// Docker makes a docker command.
	Docker func(args ...string) run.Command
	// Step runs one step of the work and tells about it.
	Step func(name string, work func() error) error
}

// format changes when the way in which the image is made does.
const format = "1"

// repository is the image's name, without tag.
const repository = "adze.local/kind-node"

// Image is the name that the image has in Docker. It tells all that goes into
// it but for the versions of the Debian packages.
func (b Builder) Image() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %q %q %q\n", format, packages, filepath.Base(b.Kind), b.Version) //nolint:errcheck // a hash takes all
	for _, name := range []string{"kubernetes", "etcd", "coredns", "pause"} {
		fmt.Fprintf(h, "%q %q\n", name, filepath.Base(b.Tools[name])) //nolint:errcheck // a hash takes all
	}
	return fmt.Sprintf("%s:%s-%s", repository, b.Version, hex.EncodeToString(h.Sum(nil))[:12])
}

// Build returns the image's name, made now if Docker does not have it. It takes
// about a minute, most of it for Debian's packages.
func (b Builder) Build(ctx context.Context) (string, error) {
	image := b.Image()
	if b.has(ctx, image) {
		return image, nil
	}
	sweep()
	dir, err := os.MkdirTemp(scratch, "adze-kind-node-")
	if err != nil {
		return "", fmt.Errorf("making a folder for the node's root: %w", err)
	}
	err = errors.Join(b.make(ctx, dir, image), os.RemoveAll(dir))
	if err != nil {
		return "", fmt.Errorf("making the node image: %w", err)
	}
	b.prune(ctx, image)
	return image, nil
}

// scratch is where the root is made: on a disk, as it takes a gigabyte.
const scratch = "/var/tmp"

// sweep removes what a killed run left. Whoever builds holds the lock on the
// machine's clusters, so none is at work.
func sweep() {
	left, err := filepath.Glob(filepath.Join(scratch, "adze-kind-node-*"))
	if err != nil {
		return
	}
	for _, dir := range left {
		_ = os.RemoveAll(dir) // the next run tries again
	}
}

func (b Builder) has(ctx context.Context, image string) bool {
	_, err := b.Docker("image", "inspect", "--format", "{{.Id}}", image).Output(ctx)
	return err == nil
}

// make goes through the steps in a scratch folder.
func (b Builder) make(ctx context.Context, dir, image string) error {
	r := root{dir: filepath.Join(dir, "root")}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"unpacking Debian packages for the node", func() error { return r.debian(ctx, dir) }},
		{"laying out the node", func() error { return r.layOut(ctx, b) }},
		{"putting Kubernetes' images into the node", func() error { return r.preload(ctx, b, dir) }},
		{"importing the node image into Docker", func() error { return b.load(ctx, r, image) }},
	} {
		if err := b.Step(step.name, step.do); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// load streams the root into Docker as an image of one layer.
func (b Builder) load(ctx context.Context, r root, image string) error {
	read, write := io.Pipe()
	tar := run.Command{Path: "tar", Args: []string{
		"--directory", r.dir, "--create", "--numeric-owner", "--xattrs", "--one-file-system",
		"--exclude=./dev/*", "--exclude=./proc/*", "--exclude=./sys/*", "--exclude=./run/*", "--exclude=./tmp/*", ".",
	}, Stdout: write}
	go func() { _ = write.CloseWithError(tar.Run(ctx)) }() // the import fails with tar's error
	docker := b.Docker("import",
		"--change", "ENV container=docker",
		"--change", `ENTRYPOINT [ "/usr/local/bin/entrypoint", "/sbin/init" ]`,
		"-", image)
	docker.Stdin = read
	err := docker.Run(ctx)
	_ = read.CloseWithError(err) // ends tar where docker failed first
	return err
}

// prune removes older node images that no container uses.
func (b Builder) prune(ctx context.Context, current string) {
	out, err := b.Docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", repository).Output(ctx)
	if err != nil {
		return
	}
	for _, image := range strings.Fields(string(out)) {
		if image != current {
			_, _ = b.Docker("image", "rm", image).Output(ctx) // refused for one in use, which is right
		}
	}
}
