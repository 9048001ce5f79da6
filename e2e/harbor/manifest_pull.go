// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// pull hands out a manifest, found by its tag or digest, unless the project
// keeps it back.
func (s *Server) pull(w http.ResponseWriter, r *http.Request, op operation) error {
	digest, err := s.released(r, op)
	if err != nil {
		return err
	}
	s.registry.ServeHTTP(w, addressed(r, op.repository, digest))
	return nil
}

func (s *Server) released(r *http.Request, op operation) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.artifact(op.repository, op.reference)
	if err != nil {
		return "", err
	}
	if who := s.whoAsks(r); who == nil || !who.scanner {
		if err := s.prevented(a); err != nil {
			return "", err
		}
	}
	if r.Method == http.MethodGet {
		a.pulled = s.now()
	}
	return a.digest, nil
}

// addressed is a request for the manifest with a digest, whatever tag was used.
func addressed(r *http.Request, repository, digest string) *http.Request {
	out := r.Clone(r.Context())
	out.URL.Path, out.URL.RawPath = "/v2/"+repository+"/manifests/"+digest, ""
	return out
}

// tags lists names. unrecorded, but as the registry's API has it.
func (s *Server) tags(w http.ResponseWriter, r *http.Request, op operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	repo, err := s.repository(op.repository)
	if err != nil {
		return err
	}
	names := []string{}
	for _, a := range repo.artifacts {
		for _, t := range a.tags {
			names = append(names, t.name)
		}
	}
	slices.Sort(names)
	if last := r.URL.Query().Get("last"); last != "" {
		names = slices.DeleteFunc(names, func(name string) bool { return name <= last })
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("n")); err == nil && n > 0 && n < len(names) {
		names = names[:n]
		w.Header().Set("Link", "</v2/"+op.repository+"/tags/list?n="+strconv.Itoa(n)+"&last="+names[n-1]+`>; rel="next"`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, err = w.Write(encode(object{"name": op.repository, "tags": names}))
	return err
}

// referrers lists what names a manifest as its subject. unrecorded.
func (s *Server) referrers(w http.ResponseWriter, op operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []object{}
	if repo, err := s.repository(op.repository); err == nil {
		for _, a := range repo.artifacts {
			if a.manifest.Subject != nil && a.manifest.Subject.Digest == op.reference {
				found = append(found, object{"mediaType": a.mediaType, "digest": a.digest, "size": a.manifest.size, "artifactType": a.configType})
			}
		}
	}
	w.Header().Set("Content-Type", ociIndex)
	return json.NewEncoder(w).Encode(object{"schemaVersion": 2, "mediaType": ociIndex, "manifests": found})
}

// remove deletes an artifact through the registry's API. unrecorded.
func (s *Server) remove(w http.ResponseWriter, op operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.artifact(op.repository, op.reference)
	if err != nil {
		return err
	}
	if err := a.immutable(); err != nil {
		return err
	}
	a.repo.drop(a)
	w.WriteHeader(http.StatusAccepted)
	return nil
}
