// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"slices"
	"strings"
	"time"
)

// project is what repositories belong to, with its rules.
type project struct {
	id       int64
	name     string
	metadata map[string]string // public, prevent_vul, severity, auto_scan, …
	limit    int64             // bytes; -1 for no limit
	quotaID  int64
	allowed  allowlist
	created  time.Time
	updated  time.Time
	filled   time.Time        // when its blobs last changed
	blobs    map[string]int64 // sizes by digest, manifests among them
	repos    map[string]*repository
	rules    []*tagRule
	scanner  *registration // nil: the default one
}

// allowlist names vulnerabilities that do not keep an image from being pulled.
type allowlist struct {
	id      int64
	expires *int64 // Unix time
	cves    []string
}

// at is the list as it counts at a time: an expired one is empty.
func (a allowlist) at(now time.Time) []string {
	if a.expires != nil && *a.expires <= now.Unix() {
		return nil
	}
	return a.cves
}

// repository holds the artifacts of one name.
type repository struct {
	id        int64
	project   *project
	name      string // with the project's
	created   time.Time
	updated   time.Time
	artifacts []*artifact // in the order in which they were pushed
}

// short is the name without the project's.
func (r *repository) short() string { return strings.TrimPrefix(r.name, r.project.name+"/") }

// addProject makes a project, or returns nil where there is one of that name.
func (s *Server) addProject(name string, metadata map[string]string, limit int64) *project {
	if s.projects[name] != nil {
		return nil
	}
	if metadata == nil {
		metadata = map[string]string{}
	}
	if metadata["public"] == "" {
		metadata["public"] = "false"
	}
	now := s.now()
	p := &project{
		id: s.nextID("project"), name: name, metadata: metadata, limit: limit, quotaID: s.nextID("quota"), created: now, updated: now, filled: now,
		allowed: allowlist{id: s.nextID("allowlist")}, blobs: map[string]int64{}, repos: map[string]*repository{},
	}
	s.projects[name] = p
	return p
}

// repository finds a repository by its whole name.
func (s *Server) repository(name string) (*repository, error) {
	if p := s.projects[projectOf(name)]; p != nil && p.repos[name] != nil {
		return p.repos[name], nil
	}
	return nil, notFound("repository %s not found", name)
}

// ensureRepository finds or makes a repository of a project.
func (s *Server) ensureRepository(p *project, name string) *repository {
	if r := p.repos[name]; r != nil {
		return r
	}
	now := s.now()
	r := &repository{id: s.nextID("repository"), project: p, name: name, created: now, updated: now}
	p.repos[name] = r
	return r
}

// used are the bytes that count against a project's quota.
func (p *project) used() int64 {
	var sum int64
	for _, size := range p.blobs {
		sum += size
	}
	return sum
}

// byID sorts what has an id.
func byID[T any](all []T, id func(T) int64) []T {
	slices.SortFunc(all, func(a, b T) int { return int(id(a) - id(b)) })
	return all
}
