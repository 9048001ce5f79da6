// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/transport"
	"github.com/adze-ci/adze/tasks/kaniko-build/dock"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// args are the executor's arguments.
func (o *options) args(r *recipe.Recipe, h *handover) []string {
	args := []string{
		"--log-format=json", "--image-download-retry=3",
		"--destination=" + h.dock.Destination(), "--insecure-registry=" + h.dock.Address(),
		"--context=" + r.Context, "--dockerfile=" + r.Dockerfile,
	}
	add := func(flag, value string) {
		if value != "" {
			args = append(args, "--"+flag+"="+value)
		}
	}
	add("target", r.Target)
	if cache := h.dock.CacheRepository(); cache != "" {
		args = append(args, "--cache=true", "--cache-repo="+cache)
	}
	for _, a := range r.BuildArgs {
		add("build-arg", a)
	}
	for _, m := range o.mirrors {
		add("registry-mirror", m)
	}
	for _, m := range o.maps {
		add("registry-map", m)
	}
	for _, host := range o.insecure {
		add("insecure-registry", host)
	}
	for _, l := range h.labels {
		add("label", l)
	}
	for _, path := range append(o.survivors(r), h.dir, h.dir+dock.CacheSuffix) {
		add("ignore-path", path)
	}
	return append(args, o.extraArgs...)
}

// survivors are the paths that the executor must neither clear between stages
// nor pack into layers. Mounts it finds by itself. /ko-app is where our binary
// is; /product_uuid is a file that kind puts into every container. A file stands
// for itself alone: with its folder, / could be left out, and with that everything.
func (o *options) survivors(r *recipe.Recipe) []string {
	paths := []string{"/product_uuid", "/ko-app", "/tekton", r.Context, r.Dockerfile}
	if self, err := os.Executable(); err == nil {
		paths = append(paths, self)
	}
	for _, path := range []string{o.layout, o.tarPath} {
		if path != "" {
			paths = append(paths, path)
		}
	}
	return slices.Concat(paths, o.placed, o.ignored)
}

// resolve makes paths absolute, for the executor changes to /, and refuses /
// itself: what the executor leaves out of the build would be all of it.
func (o *options) resolve(r *recipe.Recipe) error {
	if r.Context == "/" {
		return step.Misuse("the build context is /, which is also the root of what is built; give it a folder of its own")
	}
	ignored := make([]*string, len(o.ignored))
	for i := range o.ignored {
		ignored[i] = &o.ignored[i]
	}
	for _, path := range append(ignored, &o.layout, &o.tarPath) {
		if *path == "" {
			continue
		}
		abs, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("finding %s: %w", *path, err)
		}
		if *path = abs; abs == "/" {
			return step.Misuse("--layout, --tar-path or --ignore-path is /, which is the root of what is built")
		}
	}
	return nil
}

// environ is the executor's whole environment. It holds no credentials itself,
// and RUN lines do not inherit it.
func (o *options) environ(dockerConfig string) ([]string, error) {
	certificates, err := o.certificateDirs()
	if err != nil {
		return nil, err
	}
	env := []string{"HOME=/root", "USER=root", "PATH=/usr/local/bin:/kaniko", "DOCKER_CONFIG=" + dockerConfig, "SSL_CERT_DIR=" + certificates}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	if os.Getenv("KUBERNETES_SERVICE_HOST") != "" {
		// The executor refuses to run outside of a container, which it looks
		// for where some runtimes leave no trace.
		env = append(env, "container=kube")
	}
	return env, nil
}

// certificateDirs are the folders of trusted authorities, in the form of
// SSL_CERT_DIR: https://pkg.go.dev/crypto/x509#SystemCertPool
func (o *options) certificateDirs() (string, error) {
	dirs := os.Getenv("SSL_CERT_DIR")
	if dirs == "" {
		dirs = "/kaniko/ssl/certs"
	}
	files, err := transport.CertificateFiles(o.caFiles)
	for _, file := range files {
		dirs += ":" + filepath.Dir(file)
	}
	return strings.TrimPrefix(dirs, ":"), err
}
