// SPDX-License-Identifier: Apache-2.0

package images

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// entry is one file, folder or link of a tree.
type entry struct {
	kind byte // a tar type flag
	mode int64
	uid  int
	link string // the target of a link: for a hard link a path in the tree
	data []byte
}

// tree is a file system to be, by clean path without a leading slash.
type tree map[string]entry

// clean gives a tar name the form of a tree's keys; "" is the root itself.
func clean(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

// file adds a regular file.
func (t tree) file(name string, mode int64, data []byte) {
	t[clean(name)] = entry{kind: tar.TypeReg, mode: mode, data: data}
}

// symlink adds a symbolic link.
func (t tree) symlink(name, target string) {
	t[clean(name)] = entry{kind: tar.TypeSymlink, mode: 0o777, link: target}
}

// dir adds a folder.
func (t tree) dir(d Directory) {
	t[clean(d.Path)] = entry{kind: tar.TypeDir, mode: d.Mode, uid: d.Owner}
}

// untar adds what a tar stream holds and keep accepts. Owners become root, as
// the packages that come this way own nothing else that an image needs.
func (t tree) untar(r io.Reader, keep func(string) bool) error {
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a tar: %w", err)
		}
		name := clean(h.Name)
		if name == "" || !keep(name) {
			continue
		}
		e := entry{kind: h.Typeflag, mode: h.Mode & 0o7777, link: h.Linkname}
		switch h.Typeflag {
		case tar.TypeReg:
			if e.data, err = io.ReadAll(tr); err != nil {
				return fmt.Errorf("reading %s from a tar: %w", name, err)
			}
		case tar.TypeLink:
			e.link = clean(h.Linkname)
		case tar.TypeDir, tar.TypeSymlink:
		default:
			return fmt.Errorf("reading %s from a tar: unsupported kind %q", name, h.Typeflag)
		}
		t[name] = e
	}
}

// layer writes the tree as an image layer: sorted, without times. Hard links
// come last, as their targets must exist before them.
func (t tree) layer() (v1.Layer, error) {
	names := slices.SortedFunc(maps.Keys(t), func(a, b string) int {
		if al, bl := t[a].kind == tar.TypeLink, t[b].kind == tar.TypeLink; al != bl {
			if al {
				return 1
			}
			return -1
		}
		return strings.Compare(a, b)
	})
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	for _, name := range names {
		if err := t[name].write(tw, name); err != nil {
			return nil, fmt.Errorf("writing %s into a layer: %w", name, err)
		}
	}
	if err := tw.Close(); err != nil {
		return nil, fmt.Errorf("writing a layer: %w", err)
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(buf.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
}

func (e entry) write(tw *tar.Writer, name string) error {
	h := &tar.Header{
		Format: tar.FormatPAX, Typeflag: e.kind, Name: name, Linkname: e.link,
		Mode: e.mode, Uid: e.uid, Gid: e.uid, Size: int64(len(e.data)),
	}
	if e.kind == tar.TypeDir {
		h.Name += "/"
	}
	if err := tw.WriteHeader(h); err != nil {
		return err
	}
	_, err := tw.Write(e.data)
	return err
}
