// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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
