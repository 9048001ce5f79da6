// SPDX-License-Identifier: Apache-2.0

package images

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// Builder makes images, each once.
type Builder struct {
	// Cache is the folder in which images and fetched packages are kept.
	Cache string
	// Tool builds a program of a folder of e2e/tools and returns its path. A
	// program that did not change is expected to have the same bytes.
	Tool func(ctx context.Context, name, program string) (string, error)
}

// Build returns the image of that name, from the cache when it was made before.
// Without a cached one it needs apt-get, dpkg-deb and the machine's Debian
// sources; images that unpack busybox run it, which needs linux/amd64.
func (b Builder) Build(ctx context.Context, name string) (v1.Image, error) {
	d, err := Load(name)
	if err != nil {
		return nil, err
	}
	key, err := b.key(ctx, d)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.Cache, name+"-"+key)
	if img, err := open(dir); err == nil {
		return img, nil
	}
	unlock, err := lock(ctx, b.Cache, name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if img, err := open(dir); err == nil {
		return img, nil // made while waiting for the lock
	}
	img, err := b.assemble(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("assembling image %s: %w", name, err)
	}
	return keep(dir, img)
}

// assemble puts the definition's own layer on its base.
func (b Builder) assemble(ctx context.Context, d *Definition) (v1.Image, error) {
	base, err := b.base(ctx, d)
	if err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp(b.Cache, ".work-*")
	if err != nil {
		return nil, fmt.Errorf("making a work folder: %w", err)
	}
	defer os.RemoveAll(work) //nolint:errcheck // a folder left over in the cache does no harm
	t, err := b.tree(ctx, d, work)
	if err != nil {
		return nil, err
	}
	layer, err := t.layer()
	if err != nil {
		return nil, err
	}
	img, err := mutate.Append(base, mutate.Addendum{Layer: layer, History: v1.History{CreatedBy: "images/" + d.Name}})
	if err != nil {
		return nil, err
	}
	return d.configure(img)
}

func (b Builder) base(ctx context.Context, d *Definition) (v1.Image, error) {
	if d.Base == "" {
		return empty.Image, nil
	}
	return b.Build(ctx, d.Base)
}

// tree lays out the files of the definition's own layer.
func (b Builder) tree(ctx context.Context, d *Definition, work string) (tree, error) {
	t, apt := tree{}, archive{dir: filepath.Join(b.Cache, "apt")}
	if d.Debian != nil {
		debs, err := apt.fetch(ctx, filepath.Join(work, "packages"), d.Debian)
		if err != nil {
			return nil, err
		}
		if err := apt.unpack(ctx, t, debs, d.Debian); err != nil {
			return nil, err
		}
	}
	if d.Certificates != "" {
		bundle, err := apt.certificates(ctx, filepath.Join(work, "certificates"))
		if err != nil {
			return nil, err
		}
		t.file(d.Certificates, 0o644, bundle)
	}
	if d.Tool != nil {
		if err := b.copyTool(ctx, t, d.Tool); err != nil {
			return nil, err
		}
	}
	if err := t.applets(ctx, d.Applets, work); err != nil {
		return nil, err
	}
	return t, d.addFiles(t)
}

func (b Builder) copyTool(ctx context.Context, t tree, tool *Tool) error {
	file, err := b.Tool(ctx, tool.Name, tool.Program)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(file) // #nosec G304 -- the path of the program just built
	if err != nil {
		return fmt.Errorf("copying %s: %w", tool.Name, err)
	}
	t.file(tool.Path, 0o755, data)
	return nil
}

// addFiles adds the definition's folders and the files of its root folder.
func (d *Definition) addFiles(t tree) error {
	for _, dir := range d.Directories {
		t.dir(dir)
	}
	files, err := d.root()
	for name, data := range files {
		t.file(name, 0o644, data)
	}
	return err
}

// applets links each applet of the busybox at that path to it.
func (t tree) applets(ctx context.Context, busybox, work string) error {
	if busybox == "" {
		return nil
	}
	program := filepath.Join(work, "busybox")
	if err := os.WriteFile(program, t[clean(busybox)].data, 0o700); err != nil { // #nosec G306 -- it is run
		return fmt.Errorf("unpacking busybox: %w", err)
	}
	list, err := output(ctx, work, program, "--list-full")
	if err != nil {
		return fmt.Errorf("listing busybox's applets: %w", err)
	}
	for applet := range strings.FieldsSeq(string(list)) {
		if strings.Contains(applet, "/") && clean(applet) != clean(busybox) { // but /linuxrc, for initial RAM disks
			t.symlink(applet, path.Join("/", busybox))
		}
	}
	return nil
}

// keep writes img into dir, at once, and returns it as read back from there.
func keep(dir string, img v1.Image) (v1.Image, error) {
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".layout-*")
	if err != nil {
		return nil, fmt.Errorf("keeping an image: %w", err)
	}
	p, err := layout.Write(tmp, empty.Index)
	if err == nil {
		err = p.AppendImage(img)
	}
	if err == nil {
		err = os.Rename(tmp, dir)
	}
	if err != nil && !os.IsExist(err) {
		_ = os.RemoveAll(tmp)
		return nil, fmt.Errorf("keeping an image in %s: %w", dir, err)
	}
	return open(dir)
}

// open reads the only image of an OCI layout.
func open(dir string) (v1.Image, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the image layout %s: %w", dir, err)
	}
	m, err := index.IndexManifest()
	if err != nil || len(m.Manifests) != 1 {
		return nil, fmt.Errorf("reading the image layout %s: %w", dir, fs.ErrInvalid)
	}
	return index.Image(m.Manifests[0].Digest)
}
