// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/step"
)

// mounting is a registry in which a repository has no layer until it is mounted or
// sent there, and which counts both.
type mounting struct {
	next          http.Handler
	layer         string // the digest of the one
	mounted, sent atomic.Int64
}

func (m *mounting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch q := r.URL.Query(); {
	case r.Method == http.MethodHead && strings.HasSuffix(r.URL.Path, "/library/app/blobs/"+m.layer) && m.mounted.Load()+m.sent.Load() == 0:
		w.WriteHeader(http.StatusNotFound)
	case q.Get("mount") == m.layer && q.Get("from") == "library/cache":
		m.mounted.Add(1)
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPut && q.Get("digest") == m.layer:
		m.sent.Add(1)
		m.next.ServeHTTP(w, r)
	default:
		m.next.ServeHTTP(w, r)
	}
}

// A layer that is in the cache as well is mounted from there, but only if the
// layout holds it: its digest alone is not enough to get it.
func TestLayerIsMountedFromTheCache(t *testing.T) {
	for what, tc := range map[string]struct {
		cached, spoilt bool
		code           step.Code
		mounted, sent  int64
	}{
		"it is there":         {cached: true, code: step.CodeDone, mounted: 1},
		"it is not there":     {code: step.CodeDone, sent: 1},
		"the layout's is not": {cached: true, spoilt: true, code: step.CodeFailed},
	} {
		t.Run(what, func(t *testing.T) {
			s := newSparse(t)
			layers, err := s.img.Layers()
			s.must(err)
			own := layers[len(layers)-1]
			digest, err := own.Digest()
			s.must(err)
			m := &mounting{next: registry.New(registry.Logger(log.New(io.Discard, "", 0))), layer: digest.String()}
			srv := httptest.NewServer(m)
			t.Cleanup(srv.Close)
			host := strings.TrimPrefix(srv.URL, "http://")
			s.write(func(p *plan.Plan) { p.CacheRepository = host + "/library/cache" })
			if tc.cached {
				cache, err := name.NewRepository(host + "/library/cache")
				s.must(err)
				s.must(remote.WriteLayer(cache, own))
				m.sent.Store(0)
			}
			if tc.spoilt {
				size, err := own.Size()
				s.must(err)
				s.must(os.WriteFile(filepath.Join(s.dir, "blobs", "sha256", digest.Hex), make([]byte, size), 0o600))
			}
			var errs bytes.Buffer
			code := run(t.Context(), io.Discard, &errs, "--from="+s.dir, "--plan="+s.plan, "--image="+host+"/library/app")
			if code != tc.code || m.mounted.Load() != tc.mounted || m.sent.Load() != tc.sent {
				t.Errorf("exit code %d, mounted %d times, sent %d times: %s", code, m.mounted.Load(), m.sent.Load(), errs.String())
			}
		})
	}
}
