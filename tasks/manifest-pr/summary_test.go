// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	own "github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
)

// noted starts a registry with the images of a commit, beside each of which
// stands what a gate said; an image with no words has none. Notes on the service
// "shut" may not be read.
func noted(t *testing.T, commit string, says map[string]string) (host string) {
	t.Helper()
	var filled atomic.Bool
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if filled.Load() && strings.HasPrefix(r.URL.Path, "/v2/library/shut/manifests/sha256-") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		images.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	host = strings.TrimPrefix(srv.URL, "http://")
	client, err := (&own.Options{Timeout: 5 * time.Second}).Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for service, text := range says {
		if err := push(host + "/library/" + service + ":" + commit); err != nil {
			t.Fatal(err)
		}
		ref, err := client.Reference(host + "/library/" + service + ":" + commit)
		if err != nil {
			t.Fatal(err)
		}
		digest, err := client.Resolve(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if text == "" {
			continue
		}
		if err := verdict.Keep(t.Context(), client, &verdict.Document{Image: digest, Verdict: verdict.Pass, Summary: text}); err != nil {
			t.Fatal(err)
		}
	}
	filled.Store(true)
	return host
}

// The pull request shows what the gate left beside the image, as code, unless a
// flag says something else; without it the proposal is made all the same.
func TestSummaryOfTheGate(t *testing.T) {
	w := newWorld(t, 1, "admin", "silent", "shut", "told")
	host := noted(t, w.source[0], map[string]string{"admin": "1 high; none has a fix @kim `x`", "silent": "", "shut": "unread", "told": "of the gate"})
	for _, s := range []string{"admin", "silent", "shut", "told"} {
		w.commit("main", "image of "+s, "manifests/"+s+"/app.yaml", strings.ReplaceAll(manifestOf(s, "none"), imageOf(s, "none"), host+"/library/"+s+":none"))
	}
	_, file := w.bot()
	words := append(w.words(file, w.source[0]), "--tag="+w.source[0], "--registry="+host+"/library", "--service", "admin", "silent", "shut", "told", "--", "--summary=told=by hand")
	a := w.run(t.Context(), words)
	if a.code != step.CodeDone {
		t.Fatalf("exit code %d:\n%s", a.code, a.log)
	}
	if !strings.Contains(a.log, "warning: what the scan said cannot be asked") || strings.Count(a.log, "warning:") != 1 {
		t.Errorf("log:\n%s", a.log)
	}
	for service, want := range map[string]string{"admin": " Its scan: `1 high; none has a fix @kim 'x'`.", "told": " Its scan: `by hand`.", "silent": "", "shut": ""} {
		body := w.pulls("open", service)[0].GetBody()
		if !strings.Contains(body, want) || want == "" && strings.Contains(body, "Its scan") {
			t.Errorf("%s lacks %q:\n%s", service, want, body)
		}
	}
	if again := w.run(t.Context(), words); again.code != step.CodeDone || again.lines[0].Outcome != "unchanged" {
		t.Errorf("once more: %+v\n%s", again.lines, again.log)
	}
}
