// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/crypto/bcrypt"
)

func start(t *testing.T, args ...string) string {
	t.Helper()
	o, err := parse(append(args, "--root", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	h, err := o.handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://")
}

func users(t *testing.T) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("s3cret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "htpasswd")
	if err := os.WriteFile(file, []byte("ci:"+string(hash)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPing(t *testing.T) {
	resp, err := http.Get("http://" + start(t, "--htpasswd", users(t)) + "/v2/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != 401 || !strings.HasPrefix(got, "Basic ") {
		t.Errorf("GET /v2/ = %d with challenge %q, want 401 with Basic", resp.StatusCode, got)
	}
}

func TestAccess(t *testing.T) {
	host := start(t, "--htpasswd", users(t))
	ci := remote.WithAuth(&authn.Basic{Username: "ci", Password: "s3cret"})
	wrong := remote.WithAuth(&authn.Basic{Username: "ci", Password: "guess"})
	anybody := remote.WithAuth(authn.Anonymous)
	img, err := random.Image(1024, 2)
	if err != nil {
		t.Fatal(err)
	}
	push := func(ref string, as remote.Option) error { return remote.Write(parseRef(t, host, ref), img, as) }
	pull := func(ref string, as remote.Option) error {
		_, err := remote.Get(parseRef(t, host, ref), as)
		return err
	}
	remove := func(ref string, as remote.Option) error { return remote.Delete(parseRef(t, host, ref), as) }
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	byDigest := "library/app@" + digest.String()
	for _, c := range []struct {
		what   string
		do     func(string, remote.Option) error
		ref    string
		as     remote.Option
		status int
	}{
		{"anybody pushes to library", push, "library/app:1", anybody, 401},
		{"wrong password", push, "library/app:1", wrong, 401},
		{"user pushes to library", push, "library/app:1", ci, 0},
		{"user pushes elsewhere", push, "private/app:1", ci, 0},
		{"user pushes beside library", push, "library2/app:1", ci, 0},
		{"anybody pulls from library", pull, "library/app:1", anybody, 0},
		{"anybody pulls by digest", pull, byDigest, anybody, 0},
		{"wrong password on an open project", pull, "library/app:1", wrong, 401},
		{"anybody pulls elsewhere", pull, "private/app:1", anybody, 401},
		{"anybody pulls beside library", pull, "library2/app:1", anybody, 401},
		{"user pulls elsewhere", pull, "private/app:1", ci, 0},
		{"anybody deletes", remove, byDigest, anybody, 401},
		{"user deletes", remove, byDigest, ci, 0},
		{"what was deleted is gone", pull, byDigest, ci, 404},
	} {
		if got := status(t, c.do(c.ref, c.as)); got != c.status {
			t.Errorf("%s: status %d, want %d", c.what, got, c.status)
		}
	}
}

func TestAnonymousPush(t *testing.T) {
	host := start(t, "--anonymous")
	img, err := random.Image(1024, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(parseRef(t, host, "any/thing:1"), img); err != nil {
		t.Error(err)
	}
}

func TestMisuse(t *testing.T) {
	for _, args := range []string{"", "--anonymous --htpasswd f", "--anonymous --cert c", "--htpasswd /no/such/file"} {
		if _, err := parse(strings.Fields(args)); err == nil {
			t.Errorf("registry %s: accepted, want an error", args)
		}
	}
}

func parseRef(t *testing.T, host, ref string) name.Reference {
	t.Helper()
	r, err := name.ParseReference(host + "/" + ref)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// status is the HTTP status that err carries, 0 for no error.
func status(t *testing.T, err error) int {
	t.Helper()
	var te *transport.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &te):
		return te.StatusCode
	}
	t.Fatal(err)
	return -1
}
