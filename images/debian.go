// SPDX-License-Identifier: Apache-2.0

package images

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/run"
)

// archive fetches Debian packages with the machine's own apt sources and keys,
// but with a state folder of its own in which nothing is installed: the
// machine's package lists and database are neither needed nor touched.
type archive struct {
	dir string
}

// apt runs apt-get in that state folder.
func (a archive) apt(ctx context.Context, dir string, args ...string) error {
	status := filepath.Join(a.dir, "state", "status")
	for _, d := range []string{filepath.Dir(status), filepath.Join(a.dir, "cache"), filepath.Join(dir, "partial")} {
		if err := os.MkdirAll(d, 0o750); err != nil {
			return fmt.Errorf("preparing apt's folders: %w", err)
		}
	}
	if err := os.WriteFile(status, nil, 0o600); err != nil {
		return fmt.Errorf("preparing apt's folders: %w", err)
	}
	options := []string{
		"-q", "-o", "Dir::State=" + filepath.Join(a.dir, "state"), "-o", "Dir::State::status=" + status,
		"-o", "Dir::Cache=" + filepath.Join(a.dir, "cache"), "-o", "Dir::Cache::archives=" + dir,
		"-o", "APT::Sandbox::User=", "-o", "APT::Architecture=amd64", "-o", "Acquire::Retries=3",
		"-o", "Debug::NoLocking=1",
	}
	_, err := output(ctx, dir, "apt-get", append(options, args...)...)
	return err
}

// fetch downloads what d asks for into dir and returns the .deb files, sorted.
func (a archive) fetch(ctx context.Context, dir string, d *Debian) ([]string, error) {
	unlock, err := lock(ctx, a.dir, "apt")
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := a.apt(ctx, dir, "update"); err != nil {
		return nil, fmt.Errorf("reading Debian's package lists: %w", err)
	}
	args := append([]string{"download"}, d.Packages...)
	if d.Dependencies {
		args = append([]string{"install", "--yes", "--download-only", "--no-install-recommends"}, d.Packages...)
	}
	if err := a.apt(ctx, dir, args...); err != nil {
		return nil, fmt.Errorf("fetching %s: %w", strings.Join(d.Packages, " "), err)
	}
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(debs) == 0 {
		return nil, fmt.Errorf("fetching %s: apt left no package in %s: %w", strings.Join(d.Packages, " "), dir, err)
	}
	return slices.DeleteFunc(debs, func(deb string) bool {
		name, _, _ := strings.Cut(filepath.Base(deb), "_")
		return slices.Contains(d.Without, name)
	}), nil
}

// unpack adds the packages' files to t. Each package's record goes where
// scanners look for it in images that have no package database.
func (a archive) unpack(ctx context.Context, t tree, debs []string, d *Debian) error {
	for _, deb := range debs {
		files, err := output(ctx, "", "dpkg-deb", "--fsys-tarfile", deb)
		if err != nil {
			return fmt.Errorf("unpacking %s: %w", filepath.Base(deb), err)
		}
		if err := t.untar(bytes.NewReader(files), d.keeps); err != nil {
			return fmt.Errorf("unpacking %s: %w", filepath.Base(deb), err)
		}
		record, err := output(ctx, "", "dpkg-deb", "--field", deb)
		if err != nil {
			return fmt.Errorf("reading the record of %s: %w", filepath.Base(deb), err)
		}
		name, _, _ := strings.Cut(filepath.Base(deb), "_")
		t.file("var/lib/dpkg/status.d/"+name, 0o644, record)
	}
	return nil
}

// certificates is the bundle of Debian's ca-certificates.
func (a archive) certificates(ctx context.Context, dir string) ([]byte, error) {
	d := &Debian{Packages: []string{"ca-certificates"}, Keep: []string{"usr/share/ca-certificates/mozilla"}}
	debs, err := a.fetch(ctx, dir, d)
	if err != nil {
		return nil, err
	}
	t := tree{}
	if err := a.unpack(ctx, t, debs, d); err != nil {
		return nil, err
	}
	return t.bundle(), nil
}

// bundle joins the certificates of a tree in the order of their names.
func (t tree) bundle() []byte {
	var names []string
	for name := range t {
		if path.Ext(name) == ".crt" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var all []byte
	for _, name := range names {
		all = append(append(all, bytes.TrimSpace(t[name].data)...), '\n')
	}
	return all
}

// keeps reports whether a path of a package goes into the image.
func (d *Debian) keeps(name string) bool {
	for _, drop := range []string{
		"usr/share/bash-completion", "usr/share/bug", "usr/share/doc", "usr/share/info",
		"usr/share/lintian", "usr/share/locale", "usr/share/man",
	} {
		if within(name, drop) {
			return false
		}
	}
	return len(d.Keep) == 0 || slices.ContainsFunc(d.Keep, func(k string) bool { return within(name, k) })
}

func within(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, dir+"/")
}

// output runs a program and returns what it prints.
func output(ctx context.Context, dir, program string, args ...string) ([]byte, error) {
	env := append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	return run.Command{Path: program, Args: args, Dir: dir, Env: env}.Output(ctx)
}
