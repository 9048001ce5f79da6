// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// A copy outlasts a registry that cuts the layers that are read from it.
func TestCopyFromAFailingRegistry(t *testing.T) {
	var cuts atomic.Int64
	from := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") && cuts.Add(1) <= 2 {
				w = &short{w, 500_000}
			}
			next.ServeHTTP(w, r)
		})
	})
	to := serve(t, func(http.Handler) http.Handler { return resuming(t) })
	c := newClient(t, Options{})
	origin := store(t, c, from+"/library/app", layered(t, 2<<20))
	ref, err := c.Reference(origin.Digest.String())
	if err != nil {
		t.Fatal(err)
	}
	content, err := newClient(t, Options{}).Content(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	pushed := store(t, newClient(t, Options{}), to+"/copied/app", content)
	if pulled(t, pushed.Digest); cuts.Load() < 3 || pushed.Digest.DigestStr() != origin.Digest.DigestStr() {
		t.Errorf("%d reads, %s copied as %s", cuts.Load(), origin.Digest, pushed.Digest)
	}
}

// short ends the connection after some bytes.
type short struct {
	http.ResponseWriter
	left int
}

func (s *short) Write(b []byte) (int, error) {
	if len(b) > s.left {
		_, _ = s.ResponseWriter.Write(b[:s.left])
		_ = http.NewResponseController(s.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	s.left -= len(b)
	return s.ResponseWriter.Write(b)
}

// Inside of one registry an index is copied without a byte of a blob.
func TestCopyInsideMounts(t *testing.T) {
	cut := &cutter{next: resuming(t)}
	var read atomic.Int64
	host := serve(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
				read.Add(1)
			}
			cut.ServeHTTP(w, r)
		})
	})
	index, err := random.Index(10_000, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	index = mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: index})
	from, err := name.NewTag(host + "/copy/from:v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(from, index); err != nil {
		t.Fatal(err)
	}
	before := cut.patches.Load()
	c := newClient(t, Options{})
	content, err := c.Content(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	pushed := store(t, c, host+"/copy/to", content)
	if n := read.Load(); n > 0 {
		t.Errorf("%d blobs were read", n)
	}
	back, err := remote.Index(pushed.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(back); err != nil {
		t.Error(err)
	}
	if got := cut.patches.Load() - before; got > 0 || pushed.Mounted < 2*2*10_000 {
		t.Errorf("%d uploads, %+v", got, pushed)
	}
	want, err := index.Digest()
	if err != nil || pushed.Digest.DigestStr() != want.String() {
		t.Errorf("pushed %s, want %s, %v", pushed.Digest, want, err)
	}
}

// What an index lists and is no image is not left out in silence.
func TestContentOfSomethingElse(t *testing.T) {
	var content Content
	odd := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: empty.Image, Descriptor: v1.Descriptor{MediaType: "application/vnd.adze.odd+json"}})
	if err := content.addIndex(odd); err == nil || !strings.Contains(err.Error(), "neither") {
		t.Errorf("got %v", err)
	}
}
