// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"bytes"
	"io"
	"net/http"
)

// maxManifest is the most bytes of a manifest, as in distribution.
const maxManifest = 4 << 20

// push takes a manifest: the registry behind keeps it by its digest, the tag is
// kept here.
func (s *Server) push(w http.ResponseWriter, r *http.Request, op operation) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxManifest))
	if err != nil {
		return badRequest("%v", err)
	}
	m, err := parseManifest(body)
	if err != nil {
		return err
	}
	if err := s.fits(op, m, digestOf(body)); err != nil {
		return err
	}
	digest := op.reference
	if !isDigest(digest) {
		digest = digestOf(body)
	}
	behind := addressed(r, op.repository, digest)
	behind.Body, behind.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	rec := s.forward(behind)
	if rec.Code == http.StatusCreated {
		s.book(r, op, m, digest, s.config(r, op.repository, m))
	}
	relay(w, rec)
	return nil
}

// fits checks the rules of the project.
func (s *Server) fits(op operation, m manifest, digest string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects[projectOf(op.repository)]
	if p == nil {
		return notFound("project %s not found", projectOf(op.repository))
	}
	if r := p.repos[op.repository]; r != nil && !isDigest(op.reference) && r.find(op.reference) != nil && r.protects(op.reference) {
		return precondition("Failed to process request due to '%s:%s' configured as immutable.", r.short(), op.reference)
	}
	more := m.blobs()
	more[digest] = m.size
	return p.room(more)
}

// config fetches the config of an image that was pushed; nil for all else.
func (s *Server) config(r *http.Request, repository string, m manifest) []byte {
	if m.Config.MediaType != ociConfig && m.Config.MediaType != dockerConfig {
		return nil
	}
	get := r.Clone(r.Context())
	get.Method, get.Body, get.ContentLength = http.MethodGet, http.NoBody, 0
	get.URL.Path, get.URL.RawPath = "/v2/"+repository+"/blobs/"+m.Config.Digest, ""
	if rec := s.forward(get); rec.Code == http.StatusOK {
		return rec.Body.Bytes()
	}
	return nil
}

// book notes a manifest that the registry behind has taken.
func (s *Server) book(r *http.Request, op operation, m manifest, digest string, config []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects[projectOf(op.repository)]
	if p == nil {
		return // it was deleted meanwhile
	}
	repo := s.ensureRepository(p, op.repository)
	a := repo.find(digest)
	isNew := a == nil
	if isNew {
		a = s.newArtifact(repo, r.Header.Get("Content-Type"), m, digest, config)
	}
	if !isDigest(op.reference) {
		s.put(a, op.reference)
	}
	repo.updated = s.now()
	p.fill(a.blobs(), s.now())
	if isNew && p.metadata["auto_scan"] == "true" && len(a.images()) > 0 {
		s.begin(r, a) //nolint:errcheck,gosec // nobody asked, so nobody is told
	}
}

func (s *Server) newArtifact(repo *repository, mediaType string, m manifest, digest string, config []byte) *artifact {
	a := &artifact{id: s.nextID("artifact"), repo: repo, digest: digest, mediaType: mediaType, configType: m.Config.MediaType, manifest: m, pushed: s.now()}
	if m.ArtifactType != "" {
		a.configType = m.ArtifactType
	}
	if config != nil {
		a.extra = describe(config)
	}
	for _, size := range a.blobs() {
		a.size += size
	}
	for _, child := range a.children() {
		a.size += child.size
	}
	repo.artifacts = append(repo.artifacts, a)
	return a
}
