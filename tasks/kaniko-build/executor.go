// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/internal/transport"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// args are the executor's arguments.
func (o *options) args(r *recipe.Recipe) []string {
	args := []string{
		"--no-push", "--log-format=json", "--image-download-retry=3",
		"--context=" + r.Context, "--dockerfile=" + r.Dockerfile,
	}
	add := func(flag, value string) {
		if value != "" {
			args = append(args, "--"+flag+"="+value)
		}
	}
	add("target", r.Target)
	add("oci-layout-path", o.layout)
	add("tar-path", o.tarPath)
	if o.tarPath != "" {
		add("destination", o.image)
	}
	for _, a := range r.BuildArgs {
		add("build-arg", a)
	}
	for _, m := range o.mirrors {
		add("registry-mirror", m)
	}
	for _, l := range o.labels() {
		add("label", l)
	}
	for _, path := range o.survivors(r) {
		add("ignore-path", path)
	}
	return append(args, o.extraArgs...)
}

// labels are those of https://github.com/opencontainers/image-spec/blob/main/annotations.md
func (o *options) labels() []string {
	var labels []string
	for _, l := range []struct{ name, value string }{
		{"source", withoutSecrets(o.url)}, {"revision", o.revision}, {"created", o.created},
	} {
		if l.value != "" {
			labels = append(labels, "org.opencontainers.image."+l.name+"="+l.value)
		}
	}
	return labels
}

// withoutSecrets takes user, password and query out of a URL.
func withoutSecrets(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// survivors are the paths that the executor must neither clear between stages
// nor pack into layers. Mounts it finds by itself. /ko-app is where our binary
// is; /product_uuid is a file that kind puts into every container.
func (o *options) survivors(r *recipe.Recipe) []string {
	paths := []string{"/product_uuid", "/ko-app", "/tekton", "/workspace", r.Context, filepath.Dir(r.Dockerfile)}
	if self, err := os.Executable(); err == nil {
		paths = append(paths, filepath.Dir(self))
	}
	if o.layout != "" {
		paths = append(paths, o.layout)
	}
	if o.tarPath != "" {
		paths = append(paths, filepath.Dir(o.tarPath))
	}
	return append(paths, o.ignored...)
}

// environ is the executor's whole environment. It holds no credentials, and RUN
// lines do not inherit it.
func (o *options) environ() ([]string, error) {
	certificates, err := o.certificateDirs()
	if err != nil {
		return nil, err
	}
	env := []string{"HOME=/root", "USER=root", "PATH=/usr/local/bin:/kaniko", "DOCKER_CONFIG=/kaniko/.docker", "SSL_CERT_DIR=" + certificates}
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
