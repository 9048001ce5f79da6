// SPDX-License-Identifier: Apache-2.0

package source

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// clairKey is what the tests' Clair has at auth.psk.key.
const clairKey = "bGV0LW1lLWluCg=="

// clair is a server with Clair's API. It is busy at first, then has no knowledge yet,
// and pulls layers with what it is handed for that, as Clair does.
type clair struct {
	t *testing.T
	// refuse is the answer to a request, where the test has another than Clair's.
	refuse func(w http.ResponseWriter, r *http.Request) bool
	// updates answers when which source had something new.
	updates string
	indexed map[string]string
	asked   map[string]int
	sent    []string
}

func (c *clair) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.asked[r.Method+r.URL.Path]++
	at := strings.TrimPrefix(r.URL.Path, "/clair/")
	digest, asksReport := strings.CutPrefix(at, "matcher/api/v1/vulnerability_report/")
	switch first := c.asked[r.Method+r.URL.Path] == 1; {
	case c.refuse != nil && c.refuse(w, r):
	case !signedBy(clairKey, r.Header.Get("Authorization")):
		w.WriteHeader(http.StatusUnauthorized)
	case at == "matcher/api/v1/internal/update_operation" && r.URL.RawQuery == "latest=true":
		_, _ = io.WriteString(w, c.updates) // the client tells
	case at == "indexer/api/v1/index_report" && r.Method == http.MethodPost && first:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	case at == "indexer/api/v1/index_report" && r.Method == http.MethodPost:
		c.index(w, r)
	case asksReport && first:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusAccepted)
	case asksReport && c.indexed[digest] != "":
		_, _ = fmt.Fprintf(w, `{"manifest_hash":%q,"packages":{"1":{"name":"a","version":"2"}},"distributions":{"1":{"did":"debian","pretty_name":"Debian 12"}},
"environments":{"1":[{"package_db":"db","introduced_in":%q}]},"vulnerabilities":{"7":{"name":"CVE-1000-0001","normalized_severity":"High"}},"package_vulnerabilities":{"1":["7"]}}`, digest, c.indexed[digest]) // the client tells
	default:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusNotFound)
	}
}

// index pulls the layers. Its body has no other fields than the schema of Clair's:
// https://github.com/quay/clair/blob/main/httptransport/types/v1/manifest.schema.json
func (c *clair) index(w http.ResponseWriter, r *http.Request) {
	var manifest struct {
		Hash   string `json:"hash"`
		Layers []struct {
			Hash    string      `json:"hash"`
			URI     string      `json:"uri"`
			Headers http.Header `json:"headers"`
		} `json:"layers"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&manifest); err != nil {
		c.t.Error(err)
	}
	for _, l := range manifest.Layers {
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, l.URI, nil)
		if err != nil {
			c.t.Error(err)
			continue
		}
		req.Header = l.Headers
		c.sent = append(c.sent, l.Headers.Get("Authorization"))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			c.t.Error(err)
			continue
		}
		got, _, err := v1.SHA256(resp.Body)
		if err := resp.Body.Close(); err != nil {
			c.t.Error(err)
		}
		if err != nil || got.String() != l.Hash {
			_, _ = fmt.Fprintf(w, `{"manifest_hash":%q,"state":"IndexError","success":false,"err":"failed to fetch\nlayers: %s"}`, manifest.Hash, resp.Status) // the client tells
			return
		}
		c.indexed[manifest.Hash] = l.Hash
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"manifest_hash":%q,"state":"IndexFinished","packages":{},"distributions":{},"repository":{},"environments":{},"success":true,"err":""}`, manifest.Hash) // the client tells
}

// signedBy checks a token as Clair does: the signature, the issuer, and the times.
func signedBy(key, header string) bool {
	raw, err := base64.StdEncoding.DecodeString(key)
	text, signature, ok := cutLast(strings.TrimPrefix(header, "Bearer "), ".")
	if err != nil || !ok {
		return false
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(text))
	_, payload, _ := strings.Cut(text, ".")
	var claims struct {
		Iss      string
		Iat, Exp int64
	}
	decoded, err := base64.RawURLEncoding.DecodeString(payload)
	return err == nil && json.Unmarshal(decoded, &claims) == nil && signature == base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) &&
		claims.Iss == "scan-gate" && claims.Iat < time.Now().Unix() && claims.Exp > time.Now().Unix()
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// clairAt is the source that asks a Clair.
func clairAt(t *testing.T, c *clair, images *registry.Client) *Clair {
	t.Helper()
	c.t, c.indexed, c.asked = t, map[string]string{}, map[string]int{}
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	key := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(key, []byte(clairKey), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{Scanner: "clair", server: server{url: srv.URL + "/clair/", tokenFile: key}, timeout: time.Minute}
	return o.Open(Access{Images: images, Log: slog.New(slog.DiscardHandler)}).(*Clair) //nolint:forcetypeassert // that is what was asked for
}

// Each image of an index is indexed and matched, and Clair waited for.
func TestClair(t *testing.T) {
	client, repo := shelf(t, nil)
	index, digests := pushIndex(t, repo, entry(t, "linux/amd64"), entry(t, "linux/arm64"))
	c := &clair{updates: `{"ubuntu":[{"date":"2026-05-01T10:00:00Z"},{"date":"2026-05-03T10:00:00Z"}],"debian":[{"date":"2026-05-02T10:00:00Z"}]}`}
	got, err := clairAt(t, c, client).Scan(t.Context(), index)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Findings) != 2 || got.Findings[0].ID != "CVE-1000-0001" || got.Findings[1].Child != digests[1] || got.Packages != 2 || got.OS != "Debian 12" || got.Started.IsZero() || got.Finished.IsZero() {
		t.Errorf("got %+v", got)
	}
	if want := time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC); !got.Database.Equal(want) {
		t.Errorf("database of %s, want that of the source without news for longest, %s", got.Database, want)
	}
}

// What is Clair's own business it may keep to itself; nobody then knows its age.
func TestClairOfNoAge(t *testing.T) {
	client, repo := shelf(t, nil)
	_, digests := pushIndex(t, repo, entry(t, "linux/amd64"))
	for _, refuse := range []func(w http.ResponseWriter, r *http.Request) bool{
		answerTo("/update_operation", http.StatusNotFound, ""), answerTo("/update_operation", http.StatusForbidden, ""),
		answerTo("/update_operation", http.StatusOK, "{}"), answerTo("/update_operation", http.StatusOK, `{"a":[{"date":"2026-05-01T00:00:00Z"}],"b":[]}`),
	} {
		got, err := clairAt(t, &clair{refuse: refuse}, client).Scan(t.Context(), repo.Digest(digests[0]))
		if err != nil || len(got.Findings) != 1 || !got.Database.IsZero() {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

// Clair is handed a token for one repository, and not the password that it is for.
func TestClairIsHandedAToken(t *testing.T) {
	open, repo := shelf(t, nil)
	_, digests := pushIndex(t, repo, entry(t, "linux/amd64"))
	if _, err := open.Get(t.Context(), repo.Digest(digests[0])); err != nil {
		t.Fatal(err)
	}
	guard := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case r.URL.Path == "/token" && user == "robot" && password == "s3cret" && r.URL.Query().Get("scope") == "repository:library/app:pull":
			_, _ = io.WriteString(w, `{"token":"short","expires_in":60}`) // the client tells
		case r.Header.Get("Authorization") == "Bearer short":
			http.Redirect(w, r, "http://"+repo.RegistryStr()+r.URL.Path, http.StatusTemporaryRedirect)
		default:
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token"`, r.Host))
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(guard.Close)
	host := strings.TrimPrefix(guard.URL, "http://")
	config := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(config, fmt.Appendf(nil, `{"auths":{%q:{"username":"robot","password":"s3cret"}}}`, host), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := (&registry.Options{Timeout: 5 * time.Second, DockerConfig: config}).Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	image, err := client.Digest(host + "/library/app@" + digests[0])
	if err != nil {
		t.Fatal(err)
	}
	c := &clair{updates: "{}"}
	if got, err := clairAt(t, c, client).Scan(t.Context(), image); err != nil || len(got.Findings) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(c.sent) != 1 || c.sent[0] != "Bearer short" {
		t.Errorf("it was handed %q", c.sent)
	}
}

// answerTo answers requests for what ends so.
func answerTo(suffix string, status int, text string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, suffix) {
			return false
		}
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text) // the client tells
		return true
	}
}

// Whatever else Clair answers is no list of findings, and no secret is told.
func TestClairThatFails(t *testing.T) {
	client, repo := shelf(t, nil)
	_, digests := pushIndex(t, repo, entry(t, "linux/amd64"))
	index, matched := "/index_report", "/"+digests[0]
	finished := fmt.Sprintf(`{"manifest_hash":%q,"state":"IndexFinished","success":true}`, digests[0])
	hints := map[string]string{"401 Unauthorized": "among its issuers", "500 Internal Server Error": "pulls the layers", "IndexError": "pulls the layers"}
	for says, refuse := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"401 Unauthorized to GET":      answerTo("", http.StatusUnauthorized, ""),
		"when Clair got its knowledge": answerTo("/update_operation", http.StatusOK, "<html>"),
		"500 Internal Server Error to": answerTo(index, http.StatusInternalServerError, `{"code":"internal-error","message":"failed to start scan"}`),
		"412 Precondition Failed":      answerTo(index, http.StatusPreconditionFailed, ""),
		"404 Not Found to POST":        answerTo(index, http.StatusNotFound, ""),
		"Clair's index of the image":   answerTo(index, http.StatusCreated, "{"),
		`state "": `:                   answerTo(index, http.StatusCreated, "{}"),
		`state "IndexError": out of o`: answerTo(index, http.StatusCreated, strings.Replace(finished, `IndexFinished","success":true`, `IndexError","success":false,"err":"out\nof order"`, 1)),
		`state "IndexManifest"`:        answerTo(index, http.StatusCreated, strings.Replace(finished, "Finished", "Manifest", 1)),
		"clair indexed sha256:bbbb":    answerTo(index, http.StatusCreated, strings.Replace(finished, digests[0], "sha256:bbbb", 1)),
		"404 Not Found to GET":         answerTo(index, http.StatusCreated, finished),
		"503 Service Unavailable":      answerTo(matched, http.StatusServiceUnavailable, ""),
		"carries no list":              answerTo(matched, http.StatusOK, "{}"),
		"no JSON of its kind":          answerTo(matched, http.StatusCreated, ""),
		"deadline exceeded":            answerTo(matched, http.StatusAccepted, ""),
		"cut short: broken pipe": func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Trailer", "Clair-Error")
			is := answerTo(matched, http.StatusOK, `{"manifest_hash":""}`)(w, r)
			w.Header().Set("Clair-Error", "broken pipe")
			return is
		},
	} {
		s := clairAt(t, &clair{updates: "{}", refuse: refuse}, client)
		if says == "deadline exceeded" {
			s.timeout = time.Second
		}
		got, err := s.Scan(t.Context(), repo.Digest(digests[0]))
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), clairKey) {
			t.Errorf("%s: %+v, %v", says, got, err)
		}
		for of, hint := range hints {
			if strings.Contains(says, of) && !strings.Contains(strings.Join(step.Hints(err), ""), hint) {
				t.Errorf("%s: hints %v, want %s", says, step.Hints(err), hint)
			}
		}
	}
}

// A key is signed with, a token is taken as it is, and all else is a mistake.
func TestClairToken(t *testing.T) {
	if got, err := clairToken("a.b.c", time.Now()); got != "a.b.c" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := clairToken(clairKey, time.Now()); !signedBy(clairKey, "Bearer "+got) || signedBy("bm90LXRoaXM=", "Bearer "+got) {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := clairToken("s3cret key", time.Now()); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %q, %v", got, err)
	}
}
