// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// address is the API's of an image in "demo/team/app".
func (s *story) address(repository, name string) string {
	project, short, _ := strings.Cut(repository, "/")
	return "/api/v2.0/projects/" + project + "/repositories/" + url.PathEscape(url.PathEscape(short)) + "/artifacts/" + s.digest(name)
}

// get asks the API as the administrator and decodes the answer.
func (s *story) get(path string, out any) {
	s.t.Helper()
	got := s.send(message{line: "GET " + path, header: http.Header{"As": {"admin"}}})
	if got.status != http.StatusOK {
		s.t.Fatalf("GET %s: %d %s", path, got.status, got.body)
	}
	s.check(json.Unmarshal([]byte(got.body), out))
}

// overview is how far an image's scan is, and its report's id.
func (s *story) overview(repository, name string) (status, id string) {
	s.t.Helper()
	var out struct {
		Overview map[string]struct {
			Status string `json:"scan_status"`
			ID     string `json:"report_id"`
		} `json:"scan_overview"`
	}
	s.get(s.address(repository, name)+"?with_scan_overview=true", &out)
	for _, o := range out.Overview {
		status, id = o.Status, o.ID
	}
	return status, id
}

// reportID is the id of an image's last report.
func (s *story) reportID(repository, name string) string {
	_, id := s.overview(repository, name)
	return id
}

// see waits until an image's scan has a status.
func (s *story) see(repository, name, status string) {
	s.t.Helper()
	for {
		if now, _ := s.overview(repository, name); now == status {
			return
		}
		select {
		case <-time.After(time.Millisecond):
		case <-s.t.Context().Done():
			s.t.Fatal("no such status")
		}
	}
}

// robotID is the number of a robot account, as the API's addresses have it.
func (s *story) robotID(name string) string {
	s.t.Helper()
	id, ok := s.ids[name]
	if !ok {
		s.t.Fatalf("no robot %s was made", name)
	}
	return id
}

// scannerID is that of a registered scanner.
func (s *story) scannerID(name string) string {
	s.t.Helper()
	var all []struct{ Name, UUID string }
	s.get("/api/v2.0/scanners", &all)
	for _, one := range all {
		if one.Name == name {
			return one.UUID
		}
	}
	s.t.Fatalf("no scanner %s", name)
	return ""
}
