// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/soak"
)

// moody fails some of the requests, each in a way that chance picks.
type moody struct {
	next *sessions

	mu   sync.Mutex
	rnd  *rand.Rand
	left int // how often it still fails
}

// mood picks what is done with a request, and a number to do it with.
func (m *moody) mood() (kind, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left == 0 || m.rnd.IntN(3) > 0 {
		return -1, 0
	}
	m.left--
	return m.rnd.IntN(6), m.rnd.IntN(20_000)
}

func (m *moody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upload := strings.Contains(r.URL.Path, "/blobs/uploads/")
	switch kind, n := m.mood(); {
	case kind == 0:
		panic(http.ErrAbortHandler)
	case kind == 1: // the answer is lost
		m.next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case kind == 2:
		w.WriteHeader(http.StatusServiceUnavailable)
	case kind == 3 && upload:
		http.Error(w, `{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}`, http.StatusNotFound)
	case kind == 4 && r.Method == http.MethodPatch:
		(&cutter{next: m.next, after: []int64{int64(n)}}).ServeHTTP(w, r)
	case kind == 5 && r.Method == http.MethodGet && upload: // what was cut comes in after all
		m.next.ServeHTTP(w, r)
		m.next.late(r, n)
	default:
		m.next.ServeHTTP(w, r)
	}
}

// late brings bytes into an upload.
func (s *sessions) late(r *http.Request, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	if got := s.open[id]; got != nil {
		got.Write(bytes.Repeat([]byte("x"), n))
	}
}

// Whatever a registry does to a push, what it has in the end is what was pushed.
func TestPushesOutlastMoods(t *testing.T) {
	soak.Each(t, 25, func(t *testing.T, rnd *rand.Rand) {
		inner := &sessions{next: quiet(), open: map[string]*bytes.Buffer{}, has: map[string]bool{}}
		m := &moody{next: inner, rnd: rnd, left: rnd.IntN(15)}
		srv := httptest.NewUnstartedServer(m)
		srv.Config.ErrorLog = slogDiscard()
		srv.Start()
		t.Cleanup(srv.Close)
		c := newClient(t, Options{})
		c.transport.(*retry.Transport).Initial, c.firstWait = time.Millisecond, time.Millisecond
		images := related(t, rnd)
		pushed := make([]Pushed, len(images))
		var group errgroup.Group
		for i, img := range images {
			group.Go(func() error {
				repo, err := c.Repository(fmt.Sprintf("%s/moods/app%d", strings.TrimPrefix(srv.URL, "http://"), i))
				if err != nil {
					return err
				}
				content, err := OfImage(img)
				if err != nil {
					return err
				}
				pushed[i], err = c.Store(t.Context(), repo, content)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		m.mu.Lock()
		m.left = 0
		m.mu.Unlock()
		for i, img := range images {
			pulled(t, pushed[i].Digest)
			if want, err := img.Digest(); err != nil || pushed[i].Digest.DigestStr() != want.String() {
				t.Errorf("pushed %s, want %s, %v", pushed[i].Digest, want, err)
			}
		}
	})
}

// related are images that share layers.
func related(t *testing.T, rnd *rand.Rand) []v1.Image {
	t.Helper()
	base, err := random.Image(int64(1+rnd.IntN(60_000)), int64(1+rnd.IntN(4)))
	if err != nil {
		t.Fatal(err)
	}
	images := []v1.Image{base}
	for range rnd.IntN(3) {
		layer, err := random.Layer(int64(1+rnd.IntN(60_000)), types.OCILayer)
		if err != nil {
			t.Fatal(err)
		}
		img, err := mutate.AppendLayers(base, layer)
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, img)
	}
	return images
}
