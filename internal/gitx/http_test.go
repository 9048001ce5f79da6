// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// elsewhere is a server that notes whether a login came along.
func elsewhere(t *testing.T) (url string, login *string) {
	t.Helper()
	login = new(string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*login += r.Header.Get("Authorization")
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, login
}

// Another port is another server, whoever runs on it.
func TestNoLoginGoesToWhereAServerRedirects(t *testing.T) {
	other, login := elsewhere(t)
	s := httptest.NewServer(http.RedirectHandler(other+"/r/info/refs", http.StatusFound))
	t.Cleanup(s.Close)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, Options{URL: s.URL + "/r", TokenFile: token}).Resolve(t.Context(), "main")
	if err == nil || !strings.Contains(err.Error(), "404") || *login != "" {
		t.Errorf("got %v, and the login %q", err, *login)
	}
}

func TestNoRedirectLeavesTLS(t *testing.T) {
	other, login := elsewhere(t)
	s := tlsServer(t, t.TempDir())
	s.Break = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other+"/r/info/refs", http.StatusFound)
		return true
	}
	_, err := open(t, Options{URL: strings.Replace(s.URL, "://", "://u:secret@", 1) + "/r?token=secret", CAFile: caFile(t, s)}).Resolve(t.Context(), "main")
	if err == nil || !strings.Contains(err.Error(), "from https to http") || strings.Contains(err.Error(), "secret") || *login != "" {
		t.Errorf("got %v, and the login %q", err, *login)
	}
}

// A login stays with a server that redirects within itself.
func TestARedirectWithinAServerIsFollowed(t *testing.T) {
	dir, s := served(t)
	before, after := twoCommits(t, dir)
	s.User, s.Password = "u", "secret"
	s.Break = func(w http.ResponseWriter, r *http.Request) bool {
		if rest, ok := strings.CutPrefix(r.URL.Path, "/old"); ok {
			http.Redirect(w, r, "/repo"+rest+"?"+r.URL.RawQuery, http.StatusMovedPermanently)
			return true
		}
		return false
	}
	tellsThem(t, open(t, Options{URL: strings.Replace(s.URL, "://", "://u:secret@", 1) + "/old"}), before, after)
	for _, request := range s.Requests()[1:] {
		if strings.Contains(request, "/old") {
			t.Errorf("%s after the redirect", request)
		}
	}
}

// A clone whose origin cannot be asked knows its default branch by itself.
func TestTheDefaultBranchOfACloneWhoseOriginIsGone(t *testing.T) {
	dir, _ := served(t)
	twoCommits(t, dir)
	git(t, dir, "tag", "v1", "HEAD~1")
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", dir, clone)
	git(t, clone, "remote", "set-url", "origin", "git@git.example.com:acme/shop.git")
	r := open(t, Options{Source: clone})
	if ref, err := r.Default(t.Context()); err != nil || ref.Name != "refs/heads/main" {
		t.Errorf("got %+v, %v", ref, err)
	}
	if _, tag, err := r.PreviousTag(t.Context(), head(t, clone)); err != nil || tag != "refs/tags/v1" {
		t.Errorf("got %s, %v", tag, err)
	}
}

// All requests go over one connection, for making one costs more than they do.
func TestConnectionsAreUsedAgain(t *testing.T) {
	dir, s := served(t)
	before, after := twoCommits(t, dir)
	var made atomic.Int32
	counted := httptest.NewUnstartedServer(s)
	counted.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			made.Add(1)
		}
	}
	counted.Start()
	t.Cleanup(counted.Close)
	tellsThem(t, open(t, Options{URL: counted.URL + "/repo"}), before, after)
	if n := made.Load(); n != 1 {
		t.Errorf("%d connections were made", n)
	}
}
