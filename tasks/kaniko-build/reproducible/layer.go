// SPDX-License-Identifier: Apache-2.0

package reproducible

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
)

// rewriteLayer rewrites one layer, and what manifest and configuration say of it.
// A layer that the layout lacks is in a registry already; one that is not
// compressed by gzip is left as it is.
func (i *image) rewriteLayer(ctx context.Context, n int) error {
	desc := &i.manifest.Layers[n]
	if !strings.HasSuffix(string(desc.MediaType), "gzip") {
		return nil
	}
	from, err := i.root.Open(blobPath(desc.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it was only read
	name := fmt.Sprintf("blobs/.rewritten-%d", n)
	to, err := i.root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	was := sha256.New()
	digest, diffID, size, err := recompress(ctx, to, io.TeeReader(from, was))
	if _, rest := io.Copy(was, from); rest != nil || hashOf(was) != desc.Digest {
		err = errors.Join(err, rest, errChanged)
	}
	err = errors.Join(err, to.Chmod(0o644), to.Close())
	if err != nil {
		return errors.Join(fmt.Errorf("rewriting layer %s: %w", desc.Digest, err), i.root.Remove(name))
	}
	desc.Digest, desc.Size, i.config.RootFS.DiffIDs[n] = digest, size, diffID
	return i.root.Rename(name, blobPath(digest))
}

// errChanged tells that a blob is not what its digest says.
var errChanged = errors.New("it was changed after it was pushed")

// epoch is when all files of a new layer are from. The commit's time would give
// a layer that did not change another digest with each commit.
func epoch() time.Time { return time.Unix(0, 0) }

// recompress copies a layer with its times fixed.
func recompress(ctx context.Context, to io.Writer, from io.Reader) (digest, diffID v1.Hash, size int64, err error) {
	unpacked, err := gzip.NewReader(from)
	if err != nil {
		return digest, diffID, 0, err
	}
	packed, plain := &counter{Writer: to, sum: sha256.New()}, sha256.New()
	zip := gzip.NewWriter(packed) // its header holds no time
	if err := retime(ctx, tar.NewWriter(io.MultiWriter(zip, plain)), tar.NewReader(unpacked)); err != nil {
		return digest, diffID, 0, err
	}
	if err := zip.Close(); err != nil {
		return digest, diffID, 0, err
	}
	return hashOf(packed.sum), hashOf(plain), packed.size, nil
}

// retime copies a tar file, entry by entry. Times of access and of change go, for
// they differ from build to build.
func retime(ctx context.Context, to *tar.Writer, from *tar.Reader) error {
	for {
		header, err := from.Next()
		if errors.Is(err, io.EOF) {
			return to.Close()
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		header.ModTime, header.AccessTime, header.ChangeTime = epoch(), time.Time{}, time.Time{}
		if err := to.WriteHeader(header); err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
		if _, err := io.Copy(to, from); err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
	}
}

// counter counts and sums what is written.
type counter struct {
	io.Writer
	sum  hash.Hash
	size int64
}

// Write writes on.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.sum.Write(p[:n])
	c.size += int64(n)
	return n, err
}

func hashOf(sum hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}
}
