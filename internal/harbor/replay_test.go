// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/tools/txtar"

	"github.com/adze-ci/adze/internal/registry"
)

// recorder is where the recordings were made; its address stands in them.
const recorder = "127.0.0.1:18080"

// replay answers as a file of testdata has it: a section is named by method and
// path, and sections of one name are answered in turn, the last one for ever.
type replay struct {
	t    *testing.T
	mu   sync.Mutex
	left map[string][][]byte
	seen []string
}

// ServeHTTP answers the next of the request's sections.
func (r *replay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	call := req.Method + " " + req.URL.EscapedPath()
	body, _ := io.ReadAll(req.Body)
	r.seen = append(r.seen, strings.TrimSpace(call+" "+string(body)))
	answers := r.left[call]
	if len(answers) == 0 {
		r.t.Errorf("no recording answers %s", call)
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	if len(answers) > 1 {
		r.left[call] = answers[1:]
	}
	if strings.HasPrefix(req.URL.Path, basePath+"/projects") {
		if user, password, _ := req.BasicAuth(); user != "robot$ci" || password != "secret" {
			r.t.Errorf("%s came as %q", call, user)
		}
	}
	write(r.t, w, req, answers[0])
}

// write gives a recorded answer.
func write(t *testing.T, w http.ResponseWriter, req *http.Request, recorded []byte) {
	t.Helper()
	recorded = bytes.ReplaceAll(recorded, []byte(recorder), []byte(req.Host))
	head, body, _ := bytes.Cut(recorded, []byte("\n\n"))
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(append(head, "\n\n"...))), req)
	if err != nil {
		t.Errorf("reading a recording: %v\n%s", err, recorded)
		return
	}
	defer resp.Body.Close() //nolint:errcheck // it holds nothing
	for k, v := range resp.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(body)
}

// sections reads a file of testdata.
func sections(t *testing.T, file string) map[string][][]byte {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][][]byte{}
	for _, f := range archive.Files {
		call, _, _ := strings.Cut(f.Name, "?")
		found[call] = append(found[call], f.Data)
	}
	return found
}

// recorded serves a file of testdata, and gives a client and where it is.
func recorded(t *testing.T, file string) (*replay, *registry.Client, string) {
	t.Helper()
	r := &replay{t: t, left: sections(t, file)}
	client, host := serve(t, r)
	return r, client, host
}

// serve gives a client of a handler, with a login, and the handler's host.
func serve(t *testing.T, h http.Handler) (*registry.Client, string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	config := filepath.Join(t.TempDir(), "config.json")
	login := `{"auths":{"` + host + `":{"username":"robot$ci","password":"secret"}}}`
	if err := os.WriteFile(config, []byte(login), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{Options: registry.Options{DockerConfig: config, Timeout: 20 * time.Second}}
	client, _, err := o.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return client, host
}

func digestOf(t *testing.T, c *registry.Client, image string) name.Digest {
	t.Helper()
	d, err := c.Digest(image)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
