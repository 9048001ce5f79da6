// SPDX-License-Identifier: Apache-2.0

// Package images assembles the base images that adze's own images stand on,
// without a container registry: from Debian packages, from tools built out of
// their Go modules, and from the files beside this one.
//
// A folder here with an image.yaml is an image of that name. What its root
// folder holds is copied in as it is. The same inputs always give the same
// digest, as no time and no order of the machine gets in; an image once made
// is kept as an OCI layout in the cache, under a key of all that defines it.
//
// The packages come from the machine's own Debian sources at the time of the
// first build. To take newer ones, delete the cache folder.
package images

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"

	"go.yaml.in/yaml/v3"
)

// sources are the definitions and the files that the images copy in.
//
//go:embed */image.yaml all:static/root
var sources embed.FS

// Definition is what an image.yaml says.
type Definition struct {
	// Name is the folder's name.
	Name string `yaml:"-"`
	// Base names the image whose layers lie below, none when empty.
	Base string `yaml:"base"`
	// Debian lists packages to unpack.
	Debian *Debian `yaml:"debian"`
	// Tool is a program of e2e/tools to copy in.
	Tool *Tool `yaml:"tool"`
	// Certificates is where the bundle of public CA certificates goes.
	Certificates string `yaml:"certificates"`
	// Applets is a busybox binary that gets a link per applet.
	Applets string `yaml:"applets"`
	// Directories are made with the mode and owner given.
	Directories []Directory `yaml:"directories"`
	// Config overrides the base's config, field by field.
	Config Config `yaml:"config"`
}

// Debian says which packages are unpacked and what of them is kept.
type Debian struct {
	Packages []string `yaml:"packages"`
	// Dependencies adds all that the packages depend on.
	Dependencies bool `yaml:"dependencies"`
	// Without leaves out dependencies by name.
	Without []string `yaml:"without"`
	// Keep lists the only paths to take, all but documentation when empty.
	Keep []string `yaml:"keep"`
}

// Tool is a program that e2e/tools builds.
type Tool struct {
	// Name is its folder in e2e/tools, Program the file that is built there.
	Name    string `yaml:"name"`
	Program string `yaml:"program"`
	// Path is where it goes in the image.
	Path string `yaml:"path"`
}

// Directory is made in the image.
type Directory struct {
	Path  string `yaml:"path"`
	Mode  int64  `yaml:"mode"`
	Owner int    `yaml:"owner"`
}

// Config is the part of an image's config that a definition sets.
type Config struct {
	User       string   `yaml:"user"`
	Entrypoint []string `yaml:"entrypoint"`
	Cmd        []string `yaml:"cmd"`
	Env        []string `yaml:"env"`
	WorkingDir string   `yaml:"workingDir"`
}

// Names lists the images, sorted.
func Names() ([]string, error) {
	files, err := fs.Glob(sources, "*/image.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the image definitions: %w", err)
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = path.Dir(f)
	}
	return names, nil
}

// Load reads the definition of one image; an unknown key is an error.
func Load(name string) (*Definition, error) {
	raw, err := sources.ReadFile(path.Join(name, "image.yaml"))
	if err != nil {
		return nil, fmt.Errorf("reading the definition of image %s: %w", name, err)
	}
	d := Definition{Name: name}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("reading the definition of image %s: %w", name, err)
	}
	return &d, nil
}

// root lists the files that are copied in, by their path in the image.
func (d *Definition) root() (map[string][]byte, error) {
	files := map[string][]byte{}
	sub, err := fs.Sub(sources, path.Join(d.Name, "root"))
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(sub, "."); err != nil {
		return files, nil // an image need not copy files in
	}
	err = fs.WalkDir(sub, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files[p], err = fs.ReadFile(sub, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the files of image %s: %w", d.Name, err)
	}
	return files, nil
}
