// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"slices"
	"strings"
	"time"
)

// artifact is one manifest in a repository.
type artifact struct {
	id         int64
	repo       *repository
	digest     string
	mediaType  string // the manifest's
	configType string // of what it is: the config's media type, or the artifactType
	manifest   manifest
	size       int64
	extra      object // from the config of an image
	pushed     time.Time
	pulled     time.Time
	tags       []*tag // the newest first
	scans      map[*registration]*scan
}

type tag struct {
	id     int64
	name   string
	pushed time.Time
	pulled time.Time
}

const (
	ociIndex       = "application/vnd.oci.image.index.v1+json"
	ociManifest    = "application/vnd.oci.image.manifest.v1+json"
	dockerIndex    = "application/vnd.docker.distribution.manifest.list.v2+json"
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	ociConfig      = "application/vnd.oci.image.config.v1+json"
	dockerConfig   = "application/vnd.docker.container.image.v1+json"
)

func (a *artifact) isIndex() bool { return a.mediaType == ociIndex || a.mediaType == dockerIndex }

// isImage reports whether it is one that scanners know.
func (a *artifact) isImage() bool {
	return !a.isIndex() && (a.configType == ociConfig || a.configType == dockerConfig)
}

// kind is the type that Harbor shows, such as IMAGE.
func (a *artifact) kind() string {
	if a.isIndex() || a.isImage() {
		return "IMAGE"
	}
	if m := typeOfConfig.FindStringSubmatch(a.configType); m != nil {
		return strings.ToUpper(m[1])
	}
	return "UNKNOWN"
}

// artifact finds one by tag or digest.
func (s *Server) artifact(repository, reference string) (*artifact, error) {
	r, err := s.repository(repository)
	if err != nil {
		return nil, err
	}
	if a := r.find(reference); a != nil {
		return a, nil
	}
	sign := ":"
	if isDigest(reference) {
		sign = "@"
	}
	return nil, notFound("artifact %s%s%s not found", repository, sign, reference)
}

func isDigest(reference string) bool { return strings.HasPrefix(reference, "sha256:") }

func (r *repository) find(reference string) *artifact {
	for _, a := range r.artifacts {
		if a.digest == reference || a.tag(reference) != nil {
			return a
		}
	}
	return nil
}

func (a *artifact) tag(name string) *tag {
	for _, t := range a.tags {
		if t.name == name {
			return t
		}
	}
	return nil
}

// children are the artifacts that an index names and that are there.
func (a *artifact) children() []*artifact {
	var out []*artifact
	for _, d := range a.manifest.Manifests {
		if child := a.repo.find(d.Digest); child != nil {
			out = append(out, child)
		}
	}
	return out
}

// put gives an artifact a tag, taken from the one that had it.
func (s *Server) put(a *artifact, name string) {
	if a.tag(name) != nil {
		return
	}
	for _, other := range a.repo.artifacts {
		other.tags = slices.DeleteFunc(other.tags, func(t *tag) bool { return t.name == name })
	}
	a.tags = append([]*tag{{id: s.nextID("tag"), name: name, pushed: s.now()}}, a.tags...)
}

// drop takes an artifact away, with what only it held of the project's quota.
func (r *repository) drop(a *artifact) {
	r.artifacts = slices.DeleteFunc(r.artifacts, func(other *artifact) bool { return other == a })
	kept := map[string]bool{}
	for _, repo := range r.project.repos {
		for _, other := range repo.artifacts {
			for digest := range other.blobs() {
				kept[digest] = true
			}
		}
	}
	for digest := range a.blobs() {
		if !kept[digest] {
			delete(r.project.blobs, digest)
		}
	}
}

// blobs are the sizes of all that an artifact is made of, by digest.
func (a *artifact) blobs() map[string]int64 {
	out := a.manifest.blobs()
	out[a.digest] = a.manifest.size
	return out
}
