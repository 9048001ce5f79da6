// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/adze-ci/adze/e2e/harbor"
)

// Each file of testdata is a story that was recorded of a Harbor 2.15.2: what
// was asked, and what it answered, byte for byte but for times, numbers and
// secrets. The stand-in has to answer the same, and each answer has to be what
// Harbor's description of its API says, but for the deviations that are known.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	api := describe(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { play(t, file, api) })
	}
	t.Run("unrecorded", func(t *testing.T) { unrecorded(t, api) })
	for key := range deviations() {
		if !api.used[key] {
			t.Errorf("%s: Harbor answers as it describes, or nothing shows that it does not", key)
		}
	}
	for _, route := range harbor.Routes() {
		refused := strings.HasSuffix(route.Path, "/{addition}") // what is not the report
		if !refused && !api.succeeded[route.Method+" "+route.Path] {
			t.Errorf("%s %s: nothing was held to Harbor's description", route.Method, route.Path)
		}
	}
}

// play plays a story.
func play(t *testing.T, file string, api *description) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newStory(t)
	s.api = api
	for _, section := range archive.Files {
		switch section.Name {
		case "vulnerabilities":
			s.vulnerabilities = strings.TrimSpace(string(section.Data))
		case "do":
			for line := range strings.Lines(string(section.Data)) {
				s.do(strings.Fields(line))
			}
		default:
			s.tell(section.Name, string(section.Data))
		}
	}
}

// unrecorded asks what no recording has; the description alone says what comes.
func unrecorded(t *testing.T, api *description) {
	s := newStory(t)
	s.api = api
	for _, line := range []string{"project demo", "image app - 309 478", "push app demo/app:v1"} {
		s.do(strings.Fields(line))
	}
	s.must("DELETE /api/v2.0/projects/demo/repositories/app", "", "")
	s.must("DELETE /api/v2.0/projects/demo", "", "")
}

// message is a request or an answer: a line, header lines, and a body.
type message struct {
	line   string
	header http.Header
	body   string
}

func parseMessage(text string) message {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	m := message{line: lines[0], header: http.Header{}, body: strings.TrimSuffix(body, "\n")}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		m.header.Add(name, strings.TrimSpace(value))
	}
	return m
}

// compared are the headers of an answer that have to be those recorded, the
// absent ones too.
func compared() []string {
	return []string{
		"Accept-Ranges", "Content-Type", "Docker-Content-Digest", "Docker-Distribution-Api-Version", "Etag", "Location", "Range",
		"Www-Authenticate", "X-Total-Count",
	}
}

// tell plays one exchange of a story.
func (s *story) tell(name, text string) {
	s.t.Helper()
	ask, answer, ok := strings.Cut(s.fill(text), "\n###\n")
	if !ok {
		s.t.Fatalf("%s: no answer after ###", name)
	}
	request, want := parseMessage(ask), parseMessage(answer)
	got := s.send(request)
	if status := strconv.Itoa(got.status); status != want.line {
		s.t.Errorf("%s: status %s, recorded %s; body %s", name, status, want.line, got.body)
		return
	}
	for _, header := range compared() {
		came, recorded := masked(got.header.Get(header)), masked(want.header.Get(header))
		if slices.Contains(got.header.Values(header), "") != slices.Contains(want.header.Values(header), "") || came != recorded {
			s.t.Errorf("%s: header %s is %q, recorded %q", name, header, came, recorded)
		}
	}
	if want.body == "..." {
		return
	}
	for _, difference := range differences(want.body, got.body) {
		s.t.Errorf("%s: %s", name, difference)
	}
}

// answer is what came of a request.
type answer struct {
	method, path string
	status       int
	header       http.Header
	body         string
}

// send sends a request as the account of its header As, with a token where it
// has a header Scope.
func (s *story) send(request message) answer {
	s.t.Helper()
	method, path, _ := strings.Cut(request.line, " ")
	var body io.Reader = http.NoBody
	if request.body != "" {
		body = bytes.NewReader(s.bytes(request.body))
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Host = recordedHost
	user := request.header.Get("As")
	if user != "" {
		req.SetBasicAuth(s.account(user))
	}
	if scope := request.header.Get("Scope"); scope != "" {
		req.Header.Set("Authorization", "Bearer "+s.token(user, scope))
	}
	for name, values := range request.header {
		if name != "As" && name != "Scope" {
			req.Header[name] = values
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		s.t.Fatal(err)
	}
	got := answer{method, resp.Request.URL.EscapedPath(), resp.StatusCode, resp.Header, string(text)}
	s.api.meet(s.t, got)
	if location := resp.Header.Get("Location"); location != "" {
		s.location = strings.TrimPrefix(location, "http://"+recordedHost)
	}
	return got
}
