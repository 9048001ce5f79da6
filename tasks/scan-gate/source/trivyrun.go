// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/transport"
)

func (t *Trivy) args(cache, file string, image name.Digest) []string {
	args := []string{
		"image", "--image-src=remote", "--scanners=vuln", "--format=json", "--output=" + file, "--cache-dir=" + cache,
		"--no-progress", "--offline-scan", "--skip-version-check", "--disable-telemetry", "--timeout=" + t.timeout.String(), apart(image),
	}
	if t.server.url != "" {
		args = append(args, "--server="+t.server.url)
	} else if t.dbRepository != "" {
		args = append(args, "--db-repository="+t.dbRepository)
	}
	if t.javaDBRepository != "" {
		args = append(args, "--java-db-repository="+t.javaDBRepository)
	}
	if host := image.Context().RegistryStr(); slices.Contains(t.Registry.Insecure, host) {
		args = append(args, "--insecure")
		if t.server.url != "" || !strings.HasPrefix(t.dbRepository, host+"/") {
			t.Log.Warn("because of --insecure, Trivy trusts any certificate of the other hosts as well: that of its database, or its server", "db-repository", t.dbRepository)
		}
	}
	return append(args, image.String())
}

// apart keeps what Trivy finds in an image's layers apart from what it finds in those of
// others. It keeps that under the name that the image itself gives a layer, and checks no
// name: in a cache or a server that many share, one image could have a layer of all others
// known as empty. Files that are skipped are part of the key, and none has this name.
// https://github.com/aquasecurity/trivy/blob/v0.70.0/pkg/cache/key.go
func apart(image name.Digest) string { return "--skip-files=" + image.DigestStr() }

// environ is Trivy's whole environment: credentials and authorities as it looks
// for them, in the private folder.
func (t *Trivy) environ(dir string) ([]string, error) {
	docker, certificates := filepath.Join(dir, "docker"), filepath.Join(dir, "certificates")
	for _, d := range []string{docker, certificates} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return nil, err
		}
	}
	config, err := t.Registry.DockerConfigFile()
	if err != nil {
		return nil, err
	}
	if config != "" {
		if err := copyFile(filepath.Join(docker, "config.json"), config); err != nil {
			return nil, err
		}
	}
	files, err := transport.CertificateFiles(t.Registry.CAFiles)
	if err != nil {
		return nil, err
	}
	for i, file := range files {
		if err := copyFile(filepath.Join(certificates, fmt.Sprintf("%d.crt", i)), file); err != nil {
			return nil, err
		}
	}
	env := []string{"HOME=" + dir, "TMPDIR=" + dir, "DOCKER_CONFIG=" + docker, "SSL_CERT_DIR=" + certificates}
	for _, name := range []string{"SSL_CERT_FILE", "PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env, nil
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600) //nolint:gosec // it lies in the private folder
}
