// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/stream"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layers is how many an image has.
const layers = 8

// images are two, as folders with an OCI layout each, that have all layers but
// one in common. The one before is there so that the other has less to bring.
type images struct {
	before, after string
	// digest is that of the one after.
	digest string
}

// makeImages makes both below a folder, always the same ones, whose layers have
// so many bytes together.
func makeImages(work string, bytes int64) (i images, err error) {
	i.before, i.after = filepath.Join(work, "before"), filepath.Join(work, "after")
	if _, err = makeLayout(i.before, bytes/layers, 0); err != nil {
		return i, err
	}
	i.digest, err = makeLayout(i.after, bytes/layers, layers)
	return i, err
}

// makeLayout makes an image whose first layers are those numbered from 1 on, and
// whose last has that number.
func makeLayout(dir string, size int64, last uint64) (string, error) {
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return "", err
	}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for n := range uint64(layers) {
		if n == layers-1 {
			n = last
		} else {
			n++
		}
		layer := stream.NewLayer(tarball(n, size), stream.WithCompressionLevel(gzip.NoCompression), stream.WithMediaType(types.OCILayer))
		if img, err = mutate.AppendLayers(img, layer); err != nil {
			return "", err
		}
	}
	if err := path.AppendImage(img); err != nil {
		return "", err
	}
	digest, err := img.Digest()
	return digest.String(), err
}

// tarball is an archive with one file of bytes that do not compress, those of a
// number.
func tarball(n uint64, size int64) io.ReadCloser {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], n)
	r, w := io.Pipe()
	go func() {
		out := tar.NewWriter(w)
		err := out.WriteHeader(&tar.Header{Name: "random", Mode: 0o644, Size: size})
		if err == nil {
			_, err = io.CopyN(out, rand.NewChaCha8(seed), size)
		}
		if err == nil {
			err = out.Close()
		}
		_ = w.CloseWithError(err) // never fails
	}()
	return r
}
