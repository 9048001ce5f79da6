// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Everybody may read what the dock writes: the step that pushes it runs as
// somebody else.
const (
	fileMode = 0o644
	dirMode  = 0o755
)

// store keeps blobs as an OCI layout does. It touches nothing outside of its
// folder, whatever links somebody else puts there.
type store struct{ root *os.Root }

func openStore(dir string) (*store, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return newStore(root)
}

// newStore takes a folder over.
func newStore(root *os.Root) (*store, error) {
	err := root.MkdirAll("blobs/sha256", dirMode)
	for _, dir := range []string{".", "blobs", "blobs/sha256"} {
		err = errors.Join(err, root.Chmod(dir, dirMode)) // whatever the umask
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &store{root}, nil
}

// below makes a store in a folder of this one.
func (s *store) below(name string) (*store, error) {
	if err := s.root.Mkdir(name, dirMode); err != nil {
		return nil, err
	}
	root, err := s.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return newStore(root)
}

func (s *store) close() error { return s.root.Close() }

// blobPath is where a blob lies; v1.Hash has checked that the digest is hex.
func blobPath(h v1.Hash) string { return path.Join("blobs", h.Algorithm, h.Hex) }

// size tells a blob's bytes; the error is fs.ErrNotExist when it is not there.
func (s *store) size(h v1.Hash) (int64, error) {
	info, err := s.root.Lstat(blobPath(h))
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("blob %s is a %s", h, info.Mode().Type())
	}
	return info.Size(), nil
}

func (s *store) open(h v1.Hash) (io.ReadCloser, int64, error) {
	size, err := s.size(h)
	if err != nil {
		return nil, 0, err
	}
	f, err := s.root.Open(blobPath(h))
	return f, size, err
}

// create begins a file that keep makes a blob of.
func (s *store) create(name string) (*os.File, error) {
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, fileMode)
	if err != nil {
		return nil, err
	}
	return f, f.Chmod(fileMode)
}

func (s *store) keep(name string, h v1.Hash) error { return s.root.Rename(name, blobPath(h)) }

func (s *store) remove(name string) error {
	if err := s.root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// write makes a blob of bytes.
func (s *store) write(data []byte) (v1.Hash, error) {
	h, _, err := v1.SHA256(bytes.NewReader(data))
	if err != nil {
		return h, err
	}
	return h, s.replace(blobPath(h), data)
}

// replace writes a whole file.
func (s *store) replace(name string, data []byte) error {
	if err := s.root.WriteFile(name, data, fileMode); err != nil {
		return err
	}
	return s.root.Chmod(name, fileMode)
}

// writeImage writes a manifest, and the two files that make a folder of blobs a
// layout of that one image.
func (s *store) writeImage(mediaType types.MediaType, manifest []byte) (v1.Descriptor, error) {
	h, err := s.write(manifest)
	if err != nil {
		return v1.Descriptor{}, err
	}
	desc := v1.Descriptor{MediaType: mediaType, Digest: h, Size: int64(len(manifest))}
	index, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{desc}})
	if err != nil {
		return desc, err
	}
	if err := s.replace("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return desc, err
	}
	return desc, s.replace("index.json", index)
}
