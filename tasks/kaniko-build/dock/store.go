// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"
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
	s := &store{root}
	err = root.MkdirAll("blobs/sha256", dirMode)
	for _, dir := range []string{".", "blobs", "blobs/sha256"} {
		err = errors.Join(err, root.Chmod(dir, dirMode)) // whatever the umask
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
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

func (s *store) open(h v1.Hash) (io.ReadCloser, error) { return s.root.Open(blobPath(h)) }

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
