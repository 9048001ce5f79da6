// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// The most that a layout's JSON files may be long, in bytes. Registries refuse
// manifests of more than 4 MiB; a configuration of that size would be odd too.
const maxJSON = 4 << 20

// folder reads files below one folder. A name that leads out of it, a link or
// anything else that is no plain file is refused.
type folder struct{ root *os.Root }

func (l *folder) open(name string) (*os.File, error) {
	for part := name; part != "."; part = filepath.Dir(part) {
		info, err := l.root.Lstat(part)
		if err != nil {
			return nil, err
		}
		if plain := info.Mode().IsRegular(); (part == name && !plain) || (part != name && !info.IsDir()) {
			return nil, fmt.Errorf("%s is a %s, which an image does not need", part, info.Mode().Type())
		}
	}
	f, err := l.root.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	// Whoever still writes may have put something else there meanwhile.
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%s is no plain file any more", name), err, f.Close())
	}
	return f, nil
}

// read reads a small file.
func (l *folder) read(name string) ([]byte, error) {
	f, err := l.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	b, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	if len(b) > maxJSON {
		return nil, fmt.Errorf("%s is longer than %d bytes", name, maxJSON)
	}
	return b, err
}

// verified reads a blob that must have the digest that its descriptor names.
func (l *folder) verified(desc v1.Descriptor) ([]byte, error) {
	name, err := blobName(desc.Digest)
	if err != nil {
		return nil, err
	}
	b, err := l.read(name)
	if err != nil {
		return nil, err
	}
	got, n, err := v1.SHA256(bytes.NewReader(b))
	switch {
	case err != nil:
	case got != desc.Digest:
		err = fmt.Errorf("%s has the digest %s", name, got)
	case n != desc.Size:
		err = fmt.Errorf("%s has %d bytes, its descriptor says %d", name, n, desc.Size)
	}
	return b, err
}

// check looks at a layer without reading it: the registry compares its digest.
func (l *folder) check(desc v1.Descriptor) error {
	f, err := l.blob(desc.Digest)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was not even read
	info, err := f.Stat()
	if err == nil && info.Size() != desc.Size {
		err = fmt.Errorf("layer %s has %d bytes, the manifest says %d", desc.Digest, info.Size(), desc.Size)
	}
	return err
}

// compare reads a layer, which must have its digest.
func (l *folder) compare(desc v1.Descriptor) error {
	f, err := l.blob(desc.Digest)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	got, _, err := v1.SHA256(f)
	if err == nil && got != desc.Digest {
		err = fmt.Errorf("layer %s has the digest %s", desc.Digest, got)
	}
	return err
}

func (l *folder) blob(h v1.Hash) (*os.File, error) {
	name, err := blobName(h)
	if err != nil {
		return nil, err
	}
	return l.open(name)
}

// blobName is the path of a blob; v1.Hash has checked that the digest is hex.
func blobName(h v1.Hash) (string, error) {
	if h.Algorithm != "sha256" || h.Hex == "" {
		return "", errors.New("a digest is missing or is not sha256")
	}
	return filepath.Join("blobs", h.Algorithm, h.Hex), nil
}
