// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/adze-ci/adze/internal/run"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Media types of a database as Trivy publishes and expects it.
const (
	dbLayerType  types.MediaType = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"
	dbConfigType types.MediaType = "application/vnd.aquasec.trivy.config.v1+json"
)

// trivyDB is a small vulnerability database as the artifact that Trivy
// downloads. It is said to be of today, 00:00 UTC: the gate refuses old ones,
// and within a day it is the same to the byte.
func (p *Platform) trivyDB(ctx context.Context) (v1.Image, error) {
	program, err := p.Tool(ctx, "trivy-db", "trivy-db")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "adze-trivy-db-*")
	if err != nil {
		return nil, fmt.Errorf("making the vulnerability database: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	day := time.Now().UTC().Truncate(24 * time.Hour)
	cmd := run.Command{Path: program, Args: []string{"--out", dir, "--updated-at", day.Format(time.RFC3339)}}
	if err := cmd.Run(ctx); err != nil {
		return nil, fmt.Errorf("making the vulnerability database: %w", err)
	}
	archive, err := pack(dir, "trivy.db", "metadata.json")
	if err != nil {
		return nil, fmt.Errorf("packing the vulnerability database: %w", err)
	}
	return artifact(archive)
}

// pack makes a .tar.gz of files of a folder, without times.
func pack(dir string, names ...string) ([]byte, error) {
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	tw := tar.NewWriter(zw)
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(dir, name)) // #nosec G304 -- names given above
		if err != nil {
			return nil, err
		}
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return nil, err
		}
		if _, err := tw.Write(content); err != nil {
			return nil, err
		}
	}
	if err := tw.Close(); err != nil {
		return nil, err
	}
	err := zw.Close()
	return buf.Bytes(), err
}

// artifact wraps the archive; Trivy takes the file's name from the annotation.
func artifact(archive []byte) (v1.Image, error) {
	img := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	img = mutate.ConfigMediaType(img, dbConfigType)
	return mutate.Append(img, mutate.Addendum{
		Layer:       static.NewLayer(archive, dbLayerType),
		Annotations: map[string]string{"org.opencontainers.image.title": "db.tar.gz"},
	})
}
