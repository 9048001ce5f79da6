// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"archive/tar"
	"bytes"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// page is a layer with the first page of a service.
func page(service string) (v1.Layer, error) {
	text := []byte("<h1>" + service + "</h1> as deployed by hand\n")
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	if err := w.WriteHeader(&tar.Header{Name: "www/index.html", Mode: 0o644, Size: int64(len(text))}); err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(buf.Bytes())), nil })
}

// serve is an image with the sample's command.
func serve(img v1.Image) (v1.Image, error) {
	file, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config := file.Config
	config.User, config.Entrypoint = "65532", nil
	config.Cmd = []string{"httpd", "-f", "-p", "8080", "-h", "/www"}
	return mutate.Config(img, config)
}
