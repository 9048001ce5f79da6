// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

func TestRootOfTheAPI(t *testing.T) {
	for given, want := range map[string][2]string{
		"https://api.github.com":               {"https://api.github.com/", "https://github.com"},
		"https://github.com/":                  {"https://api.github.com/", "https://github.com"},
		"https://ghe.example":                  {"https://ghe.example/api/v3/", "https://ghe.example"},
		"https://ghe.example:8443/api/v3":      {"https://ghe.example:8443/api/v3/", "https://ghe.example:8443"},
		"https://ghe.example/sub/api/v3/":      {"https://ghe.example/sub/api/v3/", "https://ghe.example/sub"},
		"https://proxy.example/github/api":     {"https://proxy.example/github/api/", "https://proxy.example/github"},
		"https://forge.example/api/v1":         {"https://forge.example/api/v1/", "https://forge.example"},
		"https://acme.ghe.com":                 {"https://api.acme.ghe.com/", "https://acme.ghe.com"},
		" https://api.acme.ghe.com\n":          {"https://api.acme.ghe.com/", "https://acme.ghe.com"},
		"http://127.0.0.1:8080":                {"http://127.0.0.1:8080/api/v3/", "http://127.0.0.1:8080"},
		"https://api.forge.example":            {"https://api.forge.example/", "https://api.forge.example"},
		"https://user:secret@ghe.example":      {},
		"ghe.example":                          {},
		"ftp://ghe.example":                    {},
		"https://ghe.example/api/v3?page=1":    {},
		"https://ghe.example/api/v3#fragments": {},
	} {
		root, err := apiRoot(given)
		if want[0] == "" {
			if step.CodeOf(err) != step.CodeMisused || strings.Contains(fmt.Sprint(err), "secret") {
				t.Errorf("%s: got %v, %v", given, root, err)
			}
			continue
		}
		if err != nil || root.String() != want[0] || site(root) != want[1] {
			t.Errorf("%s: got %v, %v", given, root, err)
		}
	}
}

// GraphQL lies beside a version, and below a root that names none.
func TestWhereGraphQLIs(t *testing.T) {
	for root, want := range map[string]string{
		"/api/v3": "/api/graphql", "/hub/api/v3/": "/hub/api/graphql", "/api/v1": "/api/graphql", "/api": "/api/graphql", "/hub": "/hub/graphql", "": "/api/graphql",
	} {
		asked := ""
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { asked = req.URL.Path }))
		t.Cleanup(server.Close)
		w := &world{t: t, url: server.URL + root, token: filepath.Join(t.TempDir(), "token")}
		w.write(w.token, "secret")
		if _, err := w.repo().nodeID(t.Context()); asked != want {
			t.Errorf("%s: asked %s, %v", root, asked, err)
		}
	}
}

// clientAt is a repository whose forge is reached in some way.
func (w *world) clientAt(o ClientOptions) *Repository {
	w.t.Helper()
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	client, err := NewClient(o, TokenFile(w.token))
	if err != nil {
		w.t.Fatal(err)
	}
	r := w.repo()
	r.Client = client
	return r
}

func TestAForgeWithAPrivateAuthority(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewUnstartedServer(w.forge)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.crt")
	w.write(ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	out, err := w.clientAt(ClientOptions{APIURL: server.URL, CAFiles: []string{ca}}).Propose(t.Context(), Alone(service("admin", w.source[0])))
	if err != nil || out.Kind != Opened {
		t.Errorf("got %+v, %v", out, err)
	}
	_, err = w.clientAt(ClientOptions{APIURL: server.URL}).Propose(t.Context(), Alone(service("admin", w.source[0])))
	if hints := strings.Join(step.Hints(err), "\n"); step.CodeOf(err) != step.CodeFailed || !strings.Contains(hints, "--ca-file") {
		t.Errorf("got %v, hints %q", err, hints)
	}
}

// The variables of a proxy are read once in a process, so a run in another one is behind it.
func TestAForgeBehindAProxy(t *testing.T) {
	t.Parallel()
	const child, host = "PROPOSE_BEHIND_A_PROXY", "http://forge.example"
	if words := strings.Fields(os.Getenv(child)); len(words) == 2 {
		w := &world{t: t, url: host, token: words[0]}
		out, err := w.repo().Propose(t.Context(), Alone(service("admin", words[1])))
		if err != nil || out.Kind != Opened || !strings.HasPrefix(out.URL, host) {
			t.Errorf("got %+v, %v", out, err)
		}
		return
	}
	w := newWorld(t)
	asked := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "forge.example" {
			asked++
		}
		w.forge.ServeHTTP(rw, r)
	}))
	t.Cleanup(proxy.Close)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAForgeBehindAProxy$")
	cmd.Env = append(os.Environ(), child+"="+w.token+" "+w.source[0], "HTTP_PROXY="+proxy.URL, "http_proxy=", "NO_PROXY=", "no_proxy=")
	if out, err := cmd.CombinedOutput(); err != nil || asked == 0 {
		t.Errorf("%d requests through the proxy, %v\n%s", asked, err, out)
	}
	w.expect("admin", w.source[0])
}

// A limit that outlasts the run is named, and is no answer.
func TestALimitThatLastsTooLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(w.token, w.forge.AddToken("busy", forge.TokenOptions{Limit: 3}))
	_, err := w.clientAt(ClientOptions{APIURL: w.url, Deadline: time.Millisecond}).Propose(t.Context(), Alone(service("admin", w.source[0])))
	if step.CodeOf(err) != step.CodeNoAnswer || !strings.Contains(fmt.Sprint(err), "the rate limit of 127.0.0.1") {
		t.Errorf("got %v", err)
	}
	if hints := strings.Join(step.Hints(err), "\n"); !strings.Contains(hints, "--deadline") {
		t.Errorf("hints %q", hints)
	}
}

type handlerTransport struct{ http.Handler }

// RoundTrip asks the handler.
func (h handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// GraphQL says with status 200 that a limit is used up.
func TestLimitsOfGraphQL(t *testing.T) {
	for name, c := range map[string]struct {
		headers map[string]string
		text    string
		waits   time.Duration
	}{
		"primary":             {map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "946685400"}, `{"type":"RATE_LIMITED","message":"API rate limit exceeded"}`, 10 * time.Minute},
		"without a time":      {nil, `{"type":"RATE_LIMITED","message":"API rate limit exceeded"}`, time.Minute},
		"secondary":           {map[string]string{"Retry-After": "7"}, `{"message":"You have exceeded a secondary rate limit."}`, 7 * time.Second},
		"another error":       {nil, `{"type":"NOT_FOUND","message":"Could not resolve"}`, 0},
		"words of a stranger": {nil, ``, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // whose clock begins at 2000-01-01 00:00:00 UTC, 946684800
				start, asked := time.Now(), 0
				forge := handlerTransport{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					if asked++; asked == 1 && c.text != "" {
						for k, v := range c.headers {
							w.Header().Set(k, v)
						}
						_, _ = io.WriteString(w, `{"errors":[`+c.text+`]}`)
						return
					}
					_, _ = io.WriteString(w, `{"data":{"title":"RATE_LIMITED"}}`)
				})}
				tr := &retry.Transport{Base: frank{forge}, Until: time.Now().Add(time.Hour), Always: true}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://forge.example/api/graphql", strings.NewReader("{}"))
				if err != nil {
					t.Fatal(err)
				}
				resp, err := tr.RoundTrip(req)
				if err != nil || resp.StatusCode != http.StatusOK {
					t.Fatalf("got %v", err)
				}
				defer resp.Body.Close() //nolint:errcheck // it was made here
				if body, err := io.ReadAll(resp.Body); err != nil || !strings.HasSuffix(string(body), "}") {
					t.Errorf("body %q, %v", body, err)
				}
				if waited := time.Since(start); waited < c.waits || waited > c.waits+2*time.Second {
					t.Errorf("waited %s, want %s", waited, c.waits)
				}
			})
		})
	}
}

// A run that meets GitHub's limits for making things waits as long as they last,
// and then does all its work. The forge's clock stands still but for the minute
// that a client waits which was refused.
func TestARunUnderSecondaryLimits(t *testing.T) {
	for name, limits := range map[string]forge.Limits{"contents": {Contents: 1}, "points": {Points: 30}} {
		t.Run(name, func(t *testing.T) {
			w, refusals := minuteWorld(t)
			w.forge.SetLimits(limits)
			r := w.clientAt(ClientOptions{APIURL: w.url, secondary: time.Millisecond})
			for _, s := range []string{"admin", "user"} {
				if out, err := r.Propose(t.Context(), Alone(service(s, w.source[0]))); err != nil || out.Kind != Opened {
					t.Fatalf("got %+v, %v", out, err)
				}
			}
			if refusals() == 0 {
				t.Error("no limit was met")
			}
		})
	}
}

// minuteWorld is a world of two services and one commit, whose clock goes on by
// a minute with each refusal.
func minuteWorld(t *testing.T) (w *world, refusals func() int64) {
	t.Helper()
	var refused atomic.Int64
	start := time.Now()
	f, err := forge.New(forge.Options{Root: t.TempDir(), Now: func() time.Time { return start.Add(time.Duration(refused.Load()) * time.Minute) }})
	if err != nil {
		t.Fatal(err)
	}
	err = f.CreateRepo(t.Context(), forge.RepoOptions{Owner: "acme", Name: "monorepo", Files: map[string]string{
		"manifests/admin/app.yaml": adminYAML, "manifests/user/app.yaml": "image: reg.example/library/user:none"}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		f.ServeHTTP(rec, r)
		if rec.Code == http.StatusForbidden {
			refused.Add(1)
		}
		maps.Copy(rw.Header(), rec.Header())
		rw.WriteHeader(rec.Code)
		_, _ = rec.Body.WriteTo(rw)
	}))
	t.Cleanup(server.Close)
	w = &world{t: t, forge: f, url: server.URL + "/api/v3", token: filepath.Join(t.TempDir(), "token")}
	w.write(w.token, f.AddToken("bot", forge.TokenOptions{}))
	w.source = []string{w.commit("main", "work", "main.go", "package main\n")}
	return w, refused.Load
}
