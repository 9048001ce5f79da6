// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/e2e/harbor"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// pluggable is a scanner with the API of Harbor's, version 1.2, in which it pulls
// each image with the account that it is handed, and finds the same in all.
type pluggable struct {
	t        *testing.T
	mu       sync.Mutex
	ordered  []string
	reported map[string]int
}

func (p *pluggable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v1/"), "/"); {
	case parts[0] == "metadata":
		_, _ = fmt.Fprintf(w, `{"scanner":{"name":"P","vendor":"V","version":"1"},"capabilities":[{"type":"vulnerability",
"consumes_mime_types":["application/vnd.oci.image.manifest.v1+json"],"produces_mime_types":[%q]}],"properties":{}}`, harbor.Report11) // the client tells
	case len(parts) == 1 && r.Method == http.MethodPost:
		digest, err := p.order(r)
		if err != nil {
			p.t.Error(err)
		}
		p.ordered = append(p.ordered, digest)
		w.WriteHeader(http.StatusAccepted)
		_, _ = fmt.Fprintf(w, `{"id":"%d"}`, len(p.ordered)-1) // the client tells
	case len(parts) == 3 && !strings.Contains(r.Header.Get("Accept"), harbor.Report11):
		w.WriteHeader(http.StatusNotAcceptable)
	case len(parts) == 3 && p.reported[parts[1]] == 0:
		p.reported[parts[1]]++
		w.Header().Set("Refresh-After", "0")
		w.Header().Set("Location", r.URL.Path)
		w.WriteHeader(http.StatusFound)
	case len(parts) == 3:
		var n int
		_, _ = fmt.Sscan(parts[1], &n) // else it is the first
		_, _ = fmt.Fprintf(w, `{"generated_at":"2026-11-21T08:00:00Z","artifact":{"digest":%q},"scanner":{"name":"P","vendor":"V","version":"1"},"severity":"Critical","vulnerabilities":[
{"id":"CVE-1000-1","package":"left","version":"1","fix_version":"2","severity":"Critical","status":"fixed","description":"made up","links":["https://example.test/1"],"preferred_cvss":{"score_v3":9.8},"cwe_ids":["CWE-1"]},
{"id":"CVE-1000-2","package":"right","version":"1","fix_version":"","severity":"High","status":"affected","description":"","links":[],"cwe_ids":[]},
{"id":"CVE-1000-3","package":"right","version":"1","fix_version":"","severity":"Negligible","description":"","links":[],"cwe_ids":[]}]}`, p.ordered[n]) // the client tells
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// order pulls what is to be scanned, and gives its digest.
func (p *pluggable) order(r *http.Request) (string, error) {
	var order struct {
		Registry struct{ URL, Authorization string }
		Artifact struct {
			Repository, Digest string
			MediaType          string `json:"mime_type"`
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
		return "", err
	}
	login, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(order.Registry.Authorization, "Basic "))
	if err != nil {
		return "", err
	}
	user, password, _ := strings.Cut(string(login), ":")
	_, host, _ := strings.Cut(order.Registry.URL, "://")
	image, err := name.NewDigest(host + "/" + order.Artifact.Repository + "@" + order.Artifact.Digest)
	if err != nil {
		return "", err
	}
	got, err := remote.Get(image, remote.WithAuth(&authn.Basic{Username: user, Password: password}))
	if err == nil && string(got.MediaType) != order.Artifact.MediaType {
		err = fmt.Errorf("%s is of type %s, and said to be of type %s", image, got.MediaType, order.Artifact.MediaType)
	}
	return order.Artifact.Digest, err
}

// use has a project's images scanned by another scanner.
func (r *harborRun) use(t *testing.T, url string) {
	t.Helper()
	project := strings.Split(r.repo, "/")[1]
	var uuid string
	for _, call := range []struct{ method, path, body string }{
		{http.MethodPost, "/scanners", fmt.Sprintf(`{"name":"P","url":%q}`, url)},
		{http.MethodPut, "/projects/" + project + "/scanner", `{"uuid":"UUID"}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), call.method, r.URL+"/api/v2.0"+call.path, bytes.NewBufferString(strings.Replace(call.body, "UUID", uuid, 1)))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(r.User, r.Password)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(resp.Body)
		if closing := resp.Body.Close(); err != nil || closing != nil || resp.StatusCode > 299 {
			t.Fatal(call, resp.Status, string(said), err, closing)
		}
		at := resp.Header.Get("Location")
		uuid = at[strings.LastIndex(at, "/")+1:]
	}
}

// A scanner that Harbor asks and one that the gate asks itself are spoken to alike,
// and their findings are judged alike.
func TestScannerAskedByHarborAndByTheGate(t *testing.T) {
	r := newHarborRun(t)
	project := r.Project(t, nil)
	r.repo = r.Host + "/" + project + "/team/app"
	user, secret := r.Robot(t, project, "repository:pull", "repository:push", "artifact:read", "artifact-addition:read", "scan:create", "tag:create")
	r.login(t, user, secret)
	p := &pluggable{t: t, reported: map[string]int{}}
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	r.use(t, srv.URL)
	image := r.push(t)
	var verdicts [][]policy.Judged
	for _, scanner := range []string{"harbor", "adapter"} {
		code, out := r.gate(t, image, "--scanner="+scanner, "--scanner-url="+srv.URL, "--output=json")
		var told struct {
			Scanner  struct{ Name string }
			Findings []policy.Judged
		}
		start := strings.Index(out, `{"image"`)
		if err := json.NewDecoder(strings.NewReader(out[max(start, 0):])).Decode(&told); err != nil || code != 3 || told.Scanner.Name != "P" || len(told.Findings) != 3 {
			t.Fatalf("%s: exit code %d, %v\n%s", scanner, code, err, out)
		}
		verdicts = append(verdicts, told.Findings)
	}
	if len(p.ordered) != 2 || p.ordered[0] != p.ordered[1] {
		t.Errorf("scanned %v", p.ordered)
	}
	same := func(a, b policy.Judged) bool {
		a.Source, b.Source = "", "" // Harbor tells which scanner it was
		return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b)
	}
	if !slices.EqualFunc(verdicts[0], verdicts[1], same) {
		t.Errorf("asked by Harbor  %+v\nasked by the gate %+v", verdicts[0], verdicts[1])
	}
}
