// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"fmt"
	"net/http"
	"strings"
)

// upload passes the parts of a blob on, and keeps count of them.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, op operation) error {
	digest := r.URL.Query().Get("digest")
	size := s.soFar(op.reference) + max(r.ContentLength, 0)
	if r.Method == http.MethodPut {
		if err := s.roomFor(op.repository, digest, size); err != nil {
			return err
		}
	}
	mount := r.URL.Query().Get("mount")
	if op.from != "" {
		digest = mount
		if size = s.sizeIn(op.from, mount); size >= 0 {
			if err := s.roomFor(op.repository, mount, size); err != nil {
				return err
			}
		}
	}
	rec := s.forward(r)
	s.count(r, op, digest, size, rec.Code, rec.Header())
	relay(w, rec)
	return nil
}

func (s *Server) soFar(id string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uploads[id]
}

// sizeIn is the size of a blob that a repository's project has, -1 if it has not.
func (s *Server) sizeIn(repository, digest string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.projects[projectOf(repository)]; p != nil {
		if size, ok := p.blobs[digest]; ok {
			return size
		}
	}
	return -1
}

func (s *Server) roomFor(repository, digest string, size int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects[projectOf(repository)]
	if p == nil {
		return notFound("project %s not found", projectOf(repository))
	}
	return p.room(map[string]int64{digest: size})
}

// count notes what came of a part: how much of the upload there is, or that the
// project has the blob.
func (s *Server) count(r *http.Request, op operation, digest string, size int64, status int, header http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.Method == http.MethodPatch && status == http.StatusAccepted:
		var from, to int64
		if _, err := fmt.Sscanf(header.Get("Range"), "%d-%d", &from, &to); err == nil {
			s.uploads[op.reference] = to + 1
		}
	case status == http.StatusCreated && strings.HasPrefix(digest, "sha256:"):
		delete(s.uploads, op.reference)
		if p := s.projects[projectOf(op.repository)]; p != nil && size >= 0 {
			p.fill(map[string]int64{digest: size}, s.now())
		}
	}
}
