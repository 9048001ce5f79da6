// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"golang.org/x/sync/errgroup"
)

// Of eight pushes at once of images that share layers, one sends each of them.
func TestSharedLayersAreSentOnce(t *testing.T) {
	const pushes, shared = 8, 5
	cut := &cutter{next: resuming(t)}
	host := serve(t, func(http.Handler) http.Handler { return cut })
	base, err := random.Image(50_000, shared)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, Options{})
	var sum atomic.Int64
	var group errgroup.Group
	for i := range pushes {
		own, err := random.Layer(1000, "application/vnd.docker.image.rootfs.diff.tar.gzip")
		if err != nil {
			t.Fatal(err)
		}
		img, err := mutate.AppendLayers(base, own)
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() error {
			repo, err := c.Repository(fmt.Sprintf("%s/shared/app%d", host, i))
			if err != nil {
				return err
			}
			content, err := OfImage(img)
			if err != nil {
				return err
			}
			pushed, err := c.Store(t.Context(), repo, content)
			sum.Add(pushed.Uploaded + pushed.Mounted + pushed.There)
			if err == nil {
				pulled(t, pushed.Digest)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	// Each image has a layer and a configuration of its own.
	if got := cut.patches.Load(); got != shared+2*pushes {
		t.Errorf("%d uploads, want %d", got, shared+2*pushes)
	}
	if sum.Load() < pushes*shared*50_000 {
		t.Errorf("counted %d bytes", sum.Load())
	}
}

func TestBlobIsMounted(t *testing.T) {
	for what, tc := range map[string]struct {
		from    string
		refuses bool
		uploads int64
	}{
		"from where it is":        {from: "base/image"},
		"from where it is not":    {from: "base/other", uploads: 1},
		"without the right to it": {from: "base/image", refuses: true, uploads: 1},
		"from the target itself":  {from: "mount/app", uploads: 1},
	} {
		t.Run(what, func(t *testing.T) {
			cut := &cutter{next: resuming(t)}
			host := serve(t, func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					switch {
					case tc.refuses && r.URL.Query().Has("mount"): // as Harbor does
						http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"unauthorized to access repository: base/image, action: pull"}]}`, http.StatusUnauthorized)
					default:
						cut.ServeHTTP(w, r)
					}
				})
			})
			content := layered(t, 10_000)
			store(t, newClient(t, Options{}), host+"/base/image", content)
			before := cut.patches.Load()
			c := newClient(t, Options{})
			from, err := c.Repository(host + "/" + tc.from)
			if err != nil {
				t.Fatal(err)
			}
			for i := range content.Blobs {
				content.Blobs[i].In = []name.Repository{from}
			}
			pushed := store(t, c, host+"/mount/app", content)
			if got := cut.patches.Load() - before; got != 2*tc.uploads || (pushed.Uploaded > 0) != (tc.uploads > 0) {
				t.Errorf("%d uploads, want %d; %+v", got, 2*tc.uploads, pushed)
			}
			pulled(t, pushed.Digest)
			if again := store(t, c, host+"/mount/app", content); again.There == 0 || again.Uploaded+again.Mounted+again.Sent != 0 {
				t.Errorf("pushed again: %+v", again)
			}
		})
	}
}

// Who could not bring a blob leaves it to the next.
func TestFailedFlightIsTakenOver(t *testing.T) {
	var f flights
	digest, err := v1.NewHash("sha256:" + strings.Repeat("a", 64))
	if err != nil {
		t.Fatal(err)
	}
	first, err := name.NewRepository("host.test/first")
	if err != nil {
		t.Fatal(err)
	}
	second := first.Repo("second")
	_, end, err := f.claim(t.Context(), first, digest)
	if err != nil {
		t.Fatal(err)
	}
	type claimed struct {
		has *name.Repository
		end func(error)
	}
	next := make(chan claimed)
	go func() {
		has, end, _ := f.claim(t.Context(), second, digest)
		next <- claimed{has, end}
	}()
	end(errors.New("cut"))
	got := <-next
	if got.has != nil {
		t.Fatalf("it is said to be in %s", got.has)
	}
	got.end(nil)
	if has, _, err := f.claim(t.Context(), first, digest); err != nil || has == nil || *has != second {
		t.Errorf("got %v, %v", has, err)
	}
}
