// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// resuming is the registry that uploads are tested against: the one that
// $ADZE_REGISTRY names (HOST:PORT, plain HTTP, open to anybody), or else one in
// memory whose uploads go on where they were cut, as distribution's do since 3.0.
func resuming(t *testing.T) http.Handler {
	t.Helper()
	host := os.Getenv("ADZE_REGISTRY")
	if host == "" {
		return &sessions{next: quiet(), open: map[string]*bytes.Buffer{}, has: map[string]bool{}}
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: host})
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     slogDiscard(),
	}
	return proxy
}

// sessions are uploads that outlast their connection, before a registry whose
// repositories it keeps apart.
type sessions struct {
	next http.Handler
	mu   sync.Mutex
	open map[string]*bytes.Buffer
	has  map[string]bool // by repository and digest
}

func (s *sessions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	folder, id := path.Split(r.URL.Path)
	repo, below, _ := strings.Cut(strings.TrimPrefix(folder, "/v2/"), "/blobs/")
	s.mu.Lock()
	defer s.mu.Unlock()
	switch mount := r.URL.Query().Get("mount"); {
	case r.Method == http.MethodHead && below == "" && strings.HasPrefix(id, "sha256:") && strings.HasSuffix(folder, "/blobs/") && !s.has[repo+id]:
		w.WriteHeader(http.StatusNotFound)
	case below != "uploads/":
		s.next.ServeHTTP(w, r)
	case mount != "" && s.has[r.URL.Query().Get("from")+mount]:
		s.has[repo+mount] = true
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPost:
		id = fmt.Sprint(len(s.open))
		s.open[id] = new(bytes.Buffer)
		w.Header().Set("Location", folder+id)
		w.WriteHeader(http.StatusAccepted)
	case s.open[id] == nil:
		http.Error(w, `{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}`, http.StatusNotFound)
	case r.Method == http.MethodPatch:
		s.patch(w, r, s.open[id])
	case r.Method == http.MethodGet:
		w.Header().Set("Location", r.URL.Path)
		w.Header().Set("Range", fmt.Sprintf("0-%d", max(0, s.open[id].Len()-1)))
		w.WriteHeader(http.StatusNoContent)
	default:
		s.commit(w, r, folder, s.open[id])
		s.has[repo+r.URL.Query().Get("digest")] = true
		s.open[id] = nil
	}
}

// commit hands an upload on in one request.
func (s *sessions) commit(w http.ResponseWriter, r *http.Request, folder string, got *bytes.Buffer) {
	whole := r.Clone(r.Context())
	whole.Method, whole.URL.Path = http.MethodPost, folder
	whole.ContentLength, whole.Body = int64(got.Len()), io.NopCloser(got)
	s.next.ServeHTTP(w, whole)
}

func (s *sessions) patch(w http.ResponseWriter, r *http.Request, got *bytes.Buffer) {
	var from int
	if cr := r.Header.Get("Content-Range"); cr != "" {
		_, _ = fmt.Sscanf(cr, "%d-", &from)
	}
	if from != got.Len() {
		http.Error(w, `{"errors":[{"code":"RANGE_INVALID"}]}`, http.StatusRequestedRangeNotSatisfiable)
		return
	}
	if _, err := io.Copy(got, r.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Location", r.URL.Path)
	w.WriteHeader(http.StatusAccepted)
}

// cutter ends the connection of each of the first PATCHes after some bytes, and
// counts what comes through.
type cutter struct {
	next    http.Handler
	after   []int64
	patches atomic.Int64
	bytes   atomic.Int64
}

func (c *cutter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPatch {
		c.next.ServeHTTP(w, r)
		return
	}
	left, n := int64(1<<62), int(c.patches.Add(1))
	if n <= len(c.after) {
		left = c.after[n-1]
	}
	r.Body = &ending{r.Body, left, &c.bytes}
	c.next.ServeHTTP(w, r)
}

type ending struct {
	io.ReadCloser
	left int64
	all  *atomic.Int64
}

var errCut = errors.New("the connection was cut")

func (e *ending) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, errCut
	}
	n, err := e.ReadCloser.Read(b[:min(int64(len(b)), e.left)])
	e.left -= int64(n)
	e.all.Add(int64(n))
	return n, err
}

// layered is an image with one layer of a size, in bytes.
func layered(t *testing.T, size int64) *Content {
	t.Helper()
	img, err := random.Image(size, 1)
	if err != nil {
		t.Fatal(err)
	}
	content, err := OfImage(img)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// pulled pulls an image back, and compares every byte with its digest.
func pulled(t *testing.T, digest name.Digest) v1.Image {
	t.Helper()
	img, err := remote.Image(digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(img); err != nil {
		t.Error(err)
	}
	return img
}

func store(t *testing.T, c *Client, repo string, content *Content) Pushed {
	t.Helper()
	r, err := c.Repository(repo)
	if err != nil {
		t.Fatal(err)
	}
	pushed, err := c.Store(t.Context(), r, content)
	if err != nil {
		t.Fatal(err)
	}
	return pushed
}

// An upload goes on at the byte where the connection was cut.
func TestUploadGoesOnAfterACut(t *testing.T) {
	const size = 3 << 20
	cut := &cutter{next: resuming(t), after: []int64{2 << 20, 0, 512 << 10}}
	host := serve(t, func(http.Handler) http.Handler { return cut })
	content := layered(t, size)
	content.Blobs = content.Blobs[:1] // the cuts are meant for the layer
	c := newClient(t, Options{})
	repo, err := c.Repository(host + "/cut/app")
	if err != nil {
		t.Fatal(err)
	}
	count := &progress{}
	if err := c.bringAll(t.Context(), c.session(repo), count, content.Blobs); err != nil {
		t.Fatal(err)
	}
	if got := cut.bytes.Load(); cut.patches.Load() != 4 || got > size*11/10 {
		t.Errorf("%d bytes came in %d requests for a blob of %d", got, cut.patches.Load(), size)
	}
	if count.uploaded.Load() != count.total || count.done() != count.total {
		t.Errorf("counted %d and %d of %d", count.uploaded.Load(), count.done(), count.total)
	}
	pushed := store(t, newClient(t, Options{}), host+"/cut/app", layered(t, 100))
	pulled(t, pushed.Digest)
	layer, err := remote.Layer(repo.Digest(content.Blobs[0].Digest.String()))
	if err != nil {
		t.Fatal(err)
	}
	back, err := layer.Compressed()
	if err != nil {
		t.Fatal(err)
	}
	if digest, n, err := v1.SHA256(back); err != nil || digest != content.Blobs[0].Digest || n != content.Blobs[0].Size {
		t.Errorf("pulled back %s of %d bytes, %v", digest, n, err)
	}
}

// Where a registry cannot tell how far an upload got, or tells it wrongly, the
// blob is sent anew.
func TestUploadBeginsAnew(t *testing.T) {
	for name, status := range map[string]http.HandlerFunc{
		"the upload is lost": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}`, http.StatusBadRequest)
		},
		"no range": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"a range beyond the blob": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Range", "0-99999999")
			w.WriteHeader(http.StatusNoContent)
		},
	} {
		t.Run(name, func(t *testing.T) {
			cut := &cutter{next: resuming(t), after: []int64{1000, 1000}}
			host := serve(t, func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/uploads/") {
						status(w, r)
						return
					}
					cut.ServeHTTP(w, r)
				})
			})
			pulled(t, store(t, newClient(t, Options{}), host+"/anew/app", layered(t, 200_000)).Digest)
		})
	}
}

// A resumed upload whose digest is wrong, since the cut connection's bytes came
// in after all, is made good by a whole one; the registry's word on a whole one
// is final.
func TestSpoiledUpload(t *testing.T) {
	for _, resumed := range []bool{true, false} {
		cut := &cutter{next: resuming(t)}
		if resumed {
			cut.after = []int64{100_000}
		}
		var refused atomic.Int64
		host := serve(t, func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/blobs/uploads/") && refused.Add(1) == 1 {
					http.Error(w, `{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}`, http.StatusBadRequest)
					return
				}
				cut.ServeHTTP(w, r)
			})
		})
		c := newClient(t, Options{})
		repo, err := c.Repository(host + "/spoiled/app")
		if err != nil {
			t.Fatal(err)
		}
		content := layered(t, 200_000)
		err = c.bringAll(t.Context(), c.session(repo), &progress{}, content.Blobs[:1])
		if (err == nil) != resumed {
			t.Errorf("resumed %v: got %v", resumed, err)
		}
	}
}

// A token that ends between two requests of an upload is renewed, and the blob is
// sent again from its file.
func TestTokenEndsInAnUpload(t *testing.T) {
	var patches, tokens atomic.Int64
	next := resuming(t)
	host := serve(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/token":
				_, _ = fmt.Fprintf(w, `{"token":"t%d"}`, tokens.Add(1))
			case r.Header.Get("Authorization") == "", r.Method == http.MethodPatch && patches.Add(1) <= 2:
				_, _ = io.CopyN(io.Discard, r.Body, 1000)
				w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="s",scope="repository:token/app:push,pull"`, r.Host))
				w.WriteHeader(http.StatusUnauthorized)
			default:
				next.ServeHTTP(w, r)
			}
		})
	})
	content := layered(t, 100_000)
	file := filepath.Join(t.TempDir(), "layer")
	blob := &content.Blobs[0]
	r, err := blob.Open()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	blob.Open = func() (io.ReadCloser, error) { return os.Open(file) }
	if pushed := store(t, newClient(t, Options{}), host+"/token/app", content); tokens.Load() < 2 || pushed.Uploaded < 100_000 {
		t.Errorf("%d tokens, %+v", tokens.Load(), pushed)
	}
}
