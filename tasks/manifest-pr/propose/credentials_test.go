// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Where the forge sends a request on to another host, the token stays behind.
func TestTheTokenGoesToTheForgeAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var there http.Header
	elsewhere := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		there = req.Header
		http.NotFound(rw, req)
	}))
	t.Cleanup(elsewhere.Close)
	var here http.Header
	forge := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		here = req.Header
		http.Redirect(rw, req, elsewhere.URL+req.URL.Path, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(forge.Close)
	w.url = forge.URL
	if _, err := w.repo().tip(t.Context(), "main"); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(here.Get("Authorization"), "Bearer ") || there == nil || there.Get("Authorization") != "" {
		t.Errorf("the forge got %q, the other host %q", here.Get("Authorization"), there.Get("Authorization"))
	}
}
