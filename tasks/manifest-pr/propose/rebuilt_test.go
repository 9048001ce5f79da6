// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/adze-ci/adze/internal/manifest"
)

// A newer commit was built into the image that the base names by its digest, as a
// revert is, so its run changes nothing. An older run that comes later, or that is
// about to write meanwhile, does not propose its own.
func TestANewerCommitThatChangedNothing(t *testing.T) {
	same, other := "sha256:"+strings.Repeat("a", 64), "sha256:"+strings.Repeat("b", 64)
	for _, when := range []string{"before", "meanwhile"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var built sync.Map // by commit
			built.Store(w.source[0], same)
			built.Store(w.source[1], other)
			run := func(i int, want Kind) {
				t.Helper()
				r := w.repo()
				r.Built = func(_ context.Context, _, commit string) (string, error) {
					digest, _ := built.Load(commit)
					text, _ := digest.(string)
					return text, nil
				}
				s := service("admin", w.source[i])
				digest, _ := built.Load(w.source[i])
				s.Image.Form, s.Image.Digest = manifest.ByDigest, digest.(string)
				out, err := r.Propose(t.Context(), Alone(s))
				if err != nil || out.Kind != want {
					t.Fatalf("commit %d: got %+v, %v, want %s", i, out, err, want)
				}
			}
			newest := func() {
				built.Store(w.source[2], same)
				run(2, Unchanged)
			}
			run(0, Opened)
			w.merge(w.pulls("open")[0].GetNumber(), "squash")
			if when == "before" {
				newest()
			} else {
				server := httptest.NewServer(&meanwhile{next: w.forge, at: regexp.MustCompile("^POST .*/git/trees$"), do: newest})
				t.Cleanup(server.Close)
				w.url = server.URL + "/api/v3"
			}
			run(1, Superseded)
			if open := w.pulls("open"); len(open) != 0 {
				t.Errorf("there are %s", titles(open))
			}
		})
	}
}

// Of very many newer commits the registry is asked about the newest, and where these do not
// tell, it is said.
func TestVeryManyNewerCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var tip string
	for i := range 2*comparedPage + 10 {
		tip = w.commit("main", "work", "microservices/admin/main.go", strings.Repeat("/", i))
	}
	digest := "sha256:" + strings.Repeat("a", 64)
	part := Part{Service: "admin", Commit: w.source[0], Image: "reg.example/library/admin:" + w.source[0]}
	for want, says := range map[string]bool{tip: false, "": true} {
		var log bytes.Buffer
		r, asked := w.repo(), 0
		r.Log = slog.New(slog.NewTextHandler(&log, nil))
		r.Built = func(_ context.Context, _, commit string) (string, error) {
			if asked++; commit == want {
				return digest, nil
			}
			return "", nil
		}
		if by, err := r.rebuilt(t.Context(), part, digest); err != nil || by != want {
			t.Errorf("got %q, %v, want %q", by, err, want)
		}
		if told := strings.Contains(log.String(), "too many newer commits"); told != says || asked > maxRebuilt {
			t.Errorf("asked of %d commits, and says %q", asked, log.String())
		}
	}
}
