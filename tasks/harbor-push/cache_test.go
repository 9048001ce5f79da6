// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"bytes"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/step"
)

var (
	keyGood   = strings.Repeat("a", 64)
	keyTwo    = strings.Repeat("b", 64)
	keyTaken  = strings.Repeat("c", 64)
	keyBroken = strings.Repeat("d", 64)
)

// entry puts an image of some layers into the cache's folder.
func (s *sparse) entry(key string, layers int64) v1.Image {
	s.t.Helper()
	img, err := random.Image(1000, layers)
	s.must(err)
	s.must(os.MkdirAll(s.dir+cacheSuffix, 0o750))
	s.must(writeLayout(filepath.Join(s.dir+cacheSuffix, key), img))
	return img
}

func TestCacheIsKept(t *testing.T) {
	s := newSparse(t)
	cache, err := name.NewRepository(newRegistry(t) + "/library/cache")
	s.must(err)
	s.write(func(p *plan.Plan) { p.CacheRepository = cache.Name() })
	good := s.entry(keyGood, 1)
	s.entry(keyTwo, 2)
	s.entry(keyTaken, 1)
	s.entry("latest", 1)
	s.entry(keyBroken, 1)
	s.must(os.Remove(filepath.Join(s.dir+cacheSuffix, keyBroken, "index.json")))
	s.must(os.Symlink("/", filepath.Join(s.dir+cacheSuffix, strings.Repeat("e", 64))))
	first, err := random.Image(1000, 1)
	s.must(err)
	s.must(remote.Write(cache.Tag(keyTaken), first))
	image := "--image=" + newRegistry(t) + "/library/app"

	if code := run(t.Context(), io.Discard, io.Discard, "--from="+s.dir, "--plan="+s.plan, image, "--cache-write=false"); code != step.CodeDone {
		t.Fatalf("exit code %d", code)
	}
	if got, err := remote.List(cache); err != nil || !slices.Equal(got, []string{keyTaken}) {
		t.Errorf("told not to, it keeps %v, %v", got, err)
	}
	for range 2 { // again does no harm
		var errs bytes.Buffer
		if code := run(t.Context(), io.Discard, &errs, "--from="+s.dir, "--plan="+s.plan, image); code != step.CodeDone {
			t.Fatalf("exit code %d: %s", code, errs.String())
		}
	}
	got, err := remote.List(cache)
	slices.Sort(got)
	if err != nil || !slices.Equal(got, []string{keyGood, keyTaken}) {
		t.Errorf("it keeps %v, %v", got, err)
	}
	for key, want := range map[string]v1.Image{keyGood: good, keyTaken: first} {
		back, err := remote.Image(cache.Tag(key))
		s.must(err)
		if err := validate.Image(back); err != nil {
			t.Error(err)
		}
		has, _ := back.Digest()
		if digest, _ := want.Digest(); has != digest {
			t.Errorf("%s is %s, want %s", key, has, digest)
		}
	}
}

// A cache that cannot be written fails nothing.
func TestCacheIsAway(t *testing.T) {
	s := newSparse(t)
	gone := httptest.NewServer(nil)
	gone.Close()
	s.write(func(p *plan.Plan) { p.CacheRepository = strings.TrimPrefix(gone.URL, "http://") + "/library/cache" })
	s.entry(keyGood, 1)
	if code := run(t.Context(), io.Discard, io.Discard, "--from="+s.dir, "--plan="+s.plan, "--image="+newRegistry(t)+"/library/app", "--registry-timeout=1s"); code != step.CodeDone {
		t.Errorf("exit code %d", code)
	}
}
