// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/transport"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/source/report"
)

// Trivy scans with Trivy's binary: https://trivy.dev/docs/latest/references/configuration/cli/trivy_image/
type Trivy struct {
	// Registry is where the image lies, and Log takes the program's lines.
	Registry registry.Options
	Log      *slog.Logger

	path             string
	dbRepository     string
	javaDBRepository string
	cacheDir         string
	timeout          time.Duration
}

// AddFlags declares the flags for Trivy.
func (t *Trivy) AddFlags(f *step.Flags) {
	f.StringVar(&t.path, "trivy", "trivy", "Trivy's `PROGRAM`")
	f.StringVar(&t.dbRepository, "db-repository", "", "`REFERENCE` of Trivy's vulnerability database in a registry; default Trivy's own")
	f.StringVar(&t.javaDBRepository, "java-db-repository", "", "`REFERENCE` of Trivy's index of Java archives in a registry; default Trivy's own")
	f.StringVar(&t.cacheDir, "cache-dir", "", "`DIR` where Trivy keeps its database; default a private one that is removed")
	f.DurationVar(&t.timeout, "timeout", 10*time.Minute, "how long the scan may take")
}

// Scan runs Trivy on the image in its registry. All that Trivy reads lies in a
// private folder: no settings file, ignore list or credentials of the working
// or home folder reach it, for others can write there.
func (t *Trivy) Scan(ctx context.Context, image name.Digest) (*finding.Scan, error) {
	dir, err := os.MkdirTemp("", "scan-gate-")
	if err != nil {
		return nil, step.Hint(fmt.Errorf("making a folder for Trivy: %w", err), "mount a writable /tmp, or name one in $TMPDIR")
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left lies in a temporary folder
	env, err := t.environ(dir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	file := filepath.Join(dir, "report.json")
	lines := &lineLog{log: t.Log}
	err = run.Command{Path: t.path, Args: t.args(dir, file, image), Dir: dir, Env: env, Stdout: lines, Stderr: lines}.Run(ctx)
	if err != nil {
		return nil, step.Hint(fmt.Errorf("scanning with Trivy: %w", err), "see Trivy's own lines above; --db-repository says where its database comes from")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("trivy ended well and left no report: %w", err)
	}
	return report.Trivy(raw, image)
}

func (t *Trivy) args(dir, file string, image name.Digest) []string {
	cache := t.cacheDir
	if cache == "" {
		cache = filepath.Join(dir, "cache")
	}
	args := []string{
		"image", "--image-src=remote", "--scanners=vuln", "--format=json", "--output=" + file, "--cache-dir=" + cache,
		"--no-progress", "--offline-scan", "--skip-version-check", "--disable-telemetry", "--timeout=" + t.timeout.String(),
	}
	if t.dbRepository != "" {
		args = append(args, "--db-repository="+t.dbRepository)
	}
	if t.javaDBRepository != "" {
		args = append(args, "--java-db-repository="+t.javaDBRepository)
	}
	if slices.Contains(t.Registry.Insecure, image.Context().RegistryStr()) {
		args = append(args, "--insecure")
	}
	return append(args, image.String())
}

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
