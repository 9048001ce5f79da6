// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Image is what a scanner is asked about, and how it gets it.
type Image struct {
	// Registry is the address of the server, "http://host:port".
	Registry string
	// User and Password are those of an account that may pull the image even
	// where the project keeps others from it. They end with the scan.
	User, Password string
	// Repository has the project's name in front; Digest is never an index's.
	Repository, Digest string
	// MediaType is the manifest's.
	MediaType string
}

// Scanner looks for vulnerabilities in images.
type Scanner interface {
	Scan(ctx context.Context, image Image) (*Report, error)
}

// The types of report that Harbor knows.
const (
	// Report11 is what Trivy makes.
	Report11 = "application/vnd.security.vulnerability.report; version=1.1"
	// Report10 is what older scanners make.
	Report10 = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
)

// Detailed is a Scanner that says more of itself.
type Detailed interface {
	// ReportTypes are the types of report that it makes, Report11 alone if nil.
	ReportTypes() []string
	// Properties are those of its metadata.
	Properties() map[string]string
}

// databaseDate is the property that says from when a scanner's database is:
// https://github.com/goharbor/pluggable-scanner-spec
const databaseDate = "harbor.scanner-adapter/vulnerability-database-updated-at"

// Script is a scanner that finds what it was told.
type Script struct {
	// Database is when its database is said to be from; nothing is said if zero.
	Database time.Time
	// Types are the types of report that it makes; nil for Report11.
	Types []string

	mu    sync.Mutex
	found map[string][]Vulnerability
	wrong map[string]error
	asked []Image
}

// Find has the script find these in the images with a digest from now on;
// under "" in all that it knows nothing of.
func (s *Script) Find(digest string, found ...Vulnerability) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found == nil {
		s.found = map[string][]Vulnerability{}
	}
	s.found[digest] = found
}

// Fail has scans of the images with a digest fail from now on; a nil error ends
// that.
func (s *Script) Fail(digest string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrong == nil {
		s.wrong = map[string]error{}
	}
	s.wrong[digest] = err
}

// Asked are the scans so far.
func (s *Script) Asked() []Image {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Scan finds what was told.
func (s *Script) Scan(_ context.Context, image Image) (*Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, image)
	if err := s.wrong[image.Digest]; err != nil {
		return nil, err
	}
	found, ok := s.found[image.Digest]
	if !ok {
		found = s.found[""]
	}
	return &Report{Scanner: Product{Name: "Trivy", Vendor: "Aqua Security", Version: "Unknown"}, Vulnerabilities: slices.Clone(found)}, nil
}

// ReportTypes are those of Types.
func (s *Script) ReportTypes() []string { return s.Types }

// Properties tell the date of the database.
func (s *Script) Properties() map[string]string {
	if s.Database.IsZero() {
		return nil
	}
	return map[string]string{databaseDate: s.Database.UTC().Format(time.RFC3339)}
}

// registration is a scanner as Harbor knows it.
type registration struct {
	uuid, name, description, url string
	disabled, standard, fixed    bool // fixed: it came with Harbor and cannot be changed
	created                      time.Time
	scanner                      Scanner
}

// register adds a scanner; the first is the default one.
func (s *Server) register(r *registration) {
	r.uuid, r.created, r.standard = newUUID(), s.now(), len(s.scanners) == 0
	s.scanners = append(s.scanners, r)
}

// scannerOf is the scanner that a project uses.
func (s *Server) scannerOf(p *project) *registration {
	if p.scanner != nil {
		return p.scanner
	}
	return s.scanners[slices.IndexFunc(s.scanners, func(r *registration) bool { return r.standard })]
}

func (r *registration) types() []string {
	if d, ok := r.scanner.(Detailed); ok && d.ReportTypes() != nil {
		return d.ReportTypes()
	}
	return []string{Report11}
}

func (r *registration) properties() map[string]string {
	out := map[string]string{"harbor.scanner-adapter/scanner-type": "os-package-vulnerability"}
	if d, ok := r.scanner.(Detailed); ok {
		maps.Copy(out, d.Properties())
	}
	return out
}
