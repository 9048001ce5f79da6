// SPDX-License-Identifier: Apache-2.0

package deployed

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/mount"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// Manifests are the flags about where manifests are.
type Manifests struct {
	url, revision, credentials string
	paths                      []string
}

// AddFlags declares the flags, which count with another: "--base deployed".
func (m *Manifests) AddFlags(f *step.Flags, with string) {
	f.StringVar(&m.url, "manifests-url", "", "with "+with+": `URL` of the repository with the manifests; default: the same")
	f.StringVar(&m.revision, "manifests-revision", "", "with "+with+": `commit` of the manifests, as --revision; default: the tip of the default branch")
	f.ArrayVar(&m.paths, "manifests-path", "with "+with+": files and folders of the manifests of services that adze.yaml gives none; default: manifests")
	f.StringVar(&m.credentials, "manifests-credentials", "", "`folder` with a login for the manifests' git server, as --credentials; default: the other login, where the host is the same")
}

// Validate sets what is not given.
func (m *Manifests) Validate() {
	m.paths = slices.DeleteFunc(m.paths, func(p string) bool { return p == "" })
	if len(m.paths) == 0 {
		m.paths = []string{"manifests"}
	}
}

// Options are the flags about what is deployed.
type Options struct {
	Manifests

	registry registry.Options
}

// AddFlags declares the flags.
func (o *Options) AddFlags(f *step.Flags) {
	o.Manifests.AddFlags(f, "--base deployed")
	f.StringVar(&o.registry.DockerConfig, "docker-config", "", "docker config `PATH` for the registry that is asked of images whose tag is no commit: a file, or a folder with config.json or .dockerconfigjson; default $DOCKER_CONFIG")
	f.StringArrayVar(&o.registry.Insecure, "insecure", nil, "registry `HOST[:PORT]` that may be spoken to in plain HTTP; repeatable")
	f.DurationVar(&o.registry.Timeout, "registry-timeout", registry.DefaultTimeout, "how long the registry is asked again while it does not answer")
}

// Validate checks the flags.
func (o *Options) Validate() error {
	o.Manifests.Validate()
	return o.registry.Validate()
}

// open opens the manifests' repository; the given one, opened from options, may
// be the same.
func (m *Manifests) open(from gitx.Options, repo *gitx.Repo) (*gitx.Repo, error) {
	if m.url == "" {
		return repo, nil
	}
	to := gitx.Options{URL: m.url, CAFile: from.CAFile, Log: from.Log}
	empty, err := mount.Empty(m.credentials)
	switch {
	case m.credentials != "" && (err != nil || !empty):
		to.Credentials = m.credentials
	case sameHost(from.URL, m.url):
		to.Credentials, to.TokenFile = from.Credentials, from.TokenFile
	}
	return gitx.Open(to)
}

// sameHost tells whether a login for one URL may be shown to another.
func sameHost(a, b string) bool {
	x, y := hostOf(a), hostOf(b)
	return x != "" && x == y
}

// hostOf is the scheme and the host of a URL, or of git's short form of SSH's,
// user@host:path; empty for a folder.
func hostOf(s string) string {
	if user, rest, ok := strings.Cut(s, "@"); ok && !strings.ContainsAny(user, ":/") {
		if host, _, ok := strings.Cut(rest, ":"); ok && !strings.Contains(host, "/") {
			return "ssh://" + host
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// clean makes a path relative to the repository's root, which is a dot.
func clean(p string) string { return cmp.Or(strings.TrimPrefix(path.Clean("/"+p), "/"), ".") }
