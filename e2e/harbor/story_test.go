// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/harbor"
)

// recordedHost is where the recorded Harbor was.
const recordedHost = "127.0.0.1:18080"

// story is a stand-in on which recorded exchanges are played again.
type story struct {
	t               *testing.T
	api             *description
	server          *harbor.Server
	script          *harbor.Script
	url             string
	location        string               // of the last answer that had one
	secrets         map[string][2]string // names and passwords of robot accounts
	ids             map[string]string    // and their numbers
	adapter         string               // the address of another scanner
	contents        map[string][]byte    // of images and their parts, by name
	vulnerabilities string
}

func newStory(t *testing.T) *story {
	script := &harbor.Script{Database: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
	server, err := harbor.New(harbor.Options{Scanner: script, Now: ticking()})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &story{t: t, server: server, script: script, url: listener.URL, secrets: map[string][2]string{}, ids: map[string]string{}, contents: map[string][]byte{}}
}

// ticking is a clock that starts when the recordings were made and goes on by a
// second whenever it is asked, so that all that takes time takes some.
func ticking() func() time.Time {
	times := make(chan time.Time)
	go func() {
		for at := time.Date(2026, 11, 21, 8, 45, 27, 0, time.UTC); ; at = at.Add(time.Second) {
			times <- at
		}
	}()
	return func() time.Time { return <-times }
}

// do does one thing that prepares a story.
func (s *story) do(words []string) {
	s.t.Helper()
	if len(words) == 0 {
		return
	}
	rest := words[1:]
	switch words[0] {
	case "project":
		s.project(rest[0], rest[1:])
	case "robot":
		s.robot(rest[0], rest[1], rest[2:])
	case "image", "index", "thing":
		s.make(words[0], rest[0], rest[1:])
	case "push":
		s.push(rest[0], rest[1])
	case "blob":
		s.pushBlob(rest[0], rest[1])
	case "tag":
		s.must("POST "+s.address(rest[0], rest[1])+"/tags", "application/json", text(map[string]string{"name": rest[2]}))
	case "scan":
		s.must("POST "+s.address(rest[0], rest[1])+"/scan", "", "")
	case "see":
		s.see(rest[1], rest[0], rest[2])
	case "adapter":
		s.adapter = startAdapter(s.t, harbor.Product{Name: rest[0], Vendor: rest[1], Version: rest[2]}, s.vulnerabilities)
	case "use":
		s.must("PUT /api/v2.0/projects/"+rest[0]+"/scanner", "application/json", text(map[string]string{"uuid": s.scannerID(rest[1])}))
	case "find":
		var found []harbor.Vulnerability
		s.check(json.Unmarshal([]byte(s.fill(s.vulnerabilities)), &found))
		s.script.Find(s.digest(rest[0]), found...)
	case "fail":
		s.script.Fail(s.digest(rest[0]), errors.New(strings.Join(rest[1:], " ")))
	case "hold":
		s.server.HoldScans(harbor.Status(strings.Join(rest, "")))
	case "wait":
		s.server.Wait()
	case "fault":
		s.check(s.server.AddFault(harbor.Fault{Kind: rest[0], Path: rest[1], Count: -1}))
	case "mend":
		s.server.ClearFaults()
	case "read-only":
		s.server.SetReadOnly(rest[0] == "on")
	default:
		s.t.Fatalf("do: %q is nothing to do", words[0])
	}
}

func (s *story) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// post asks the API as the administrator.
func (s *story) post(path string, body any) string {
	s.t.Helper()
	got := s.send(message{line: "POST /api/v2.0" + path, header: http.Header{"As": {"admin"}}, body: text(body)})
	if got.status >= http.StatusMultipleChoices {
		s.t.Fatalf("POST %s: %d %s", path, got.status, got.body)
	}
	return got.body
}

func (s *story) project(name string, settings []string) {
	s.t.Helper()
	metadata := map[string]string{"public": "false"}
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		metadata[key] = value
	}
	s.post("/projects", map[string]any{"project_name": name, "metadata": metadata})
}

func (s *story) robot(name, project string, permissions []string) {
	s.t.Helper()
	access := []map[string]string{}
	for _, p := range permissions {
		resource, action, _ := strings.Cut(p, ":")
		access = append(access, map[string]string{"resource": resource, "action": action})
	}
	answer := s.post("/robots", map[string]any{"name": name, "duration": -1, "level": "project",
		"permissions": []any{map[string]any{"kind": "project", "namespace": project, "access": access}}})
	var made struct {
		ID           int64
		Name, Secret string
	}
	s.check(json.Unmarshal([]byte(answer), &made))
	s.secrets[name], s.ids[name] = [2]string{made.Name, made.Secret}, strconv.FormatInt(made.ID, 10)
}

// account is the name and the password of a story's actor.
func (s *story) account(name string) (user, password string) {
	if name == "admin" {
		return name, harbor.Password
	}
	account, ok := s.secrets[name]
	if !ok {
		return name, "wrong"
	}
	return account[0], account[1]
}

// token gets a token for the registry, as its clients do.
func (s *story) token(user, scope string) string {
	header := http.Header{}
	if user != "" {
		header.Set("As", user)
	}
	got := s.send(message{line: "GET /service/token?service=harbor-registry&scope=" + scope, header: header})
	var made struct{ Token string }
	s.check(json.Unmarshal([]byte(got.body), &made))
	return made.Token
}

var placeholder = regexp.MustCompile(`\{([a-z]+[a-zA-Z0-9./ -]*)\}`)

// fill puts digests, manifests, findings and the last location where a story
// names them: {app}, {app.layer}, {manifest app}, {found app}, {location}, {id robot},
// {report app demo/app}, {scanner name}.
func (s *story) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		words := strings.Fields(strings.Trim(p, "{}"))
		switch {
		case p == "{location}":
			return s.location
		case words[0] == "manifest":
			return string(s.contents[words[1]])
		case words[0] == "found":
			return strings.ReplaceAll(s.vulnerabilities, "DIGEST", s.digest(words[1]))
		case words[0] == "text":
			return string(s.contents[words[1]])
		case words[0] == "bytes":
			return p // it stays, as it may be no text
		case words[0] == "report":
			return s.reportID(words[2], words[1])
		case words[0] == "id":
			return s.robotID(words[1])
		case p == "{adapter}":
			return s.adapter
		case words[0] == "scanner":
			return s.scannerID(append(words, "Trivy")[1])
		}
		return s.digest(words[0])
	})
}

// bytes is a request's body.
func (s *story) bytes(body string) []byte {
	if name, ok := strings.CutPrefix(body, "{bytes "); ok {
		return s.contents[strings.TrimSuffix(name, "}")]
	}
	return []byte(body)
}
