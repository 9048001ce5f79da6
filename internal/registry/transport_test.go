// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// Layers go over connections of their own, also to a registry that has HTTP/2.
func TestLayersHaveConnectionsOfTheirOwn(t *testing.T) {
	var other atomic.Int64
	next := resuming(t)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			other.Add(1)
		}
		next.ServeHTTP(w, r)
	}))
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = slogDiscard()
	ca := startTLS(t, srv)
	push(t, newClient(t, Options{CAFiles: []string{ca}}), strings.TrimPrefix(srv.URL, "https://")+"/app")
	if n := other.Load(); n > 0 {
		t.Errorf("%d requests shared a connection", n)
	}
}

func TestPrivateAuthority(t *testing.T) {
	srv := httptest.NewUnstartedServer(quiet())
	ca := startTLS(t, srv)
	push(t, newClient(t, Options{CAFiles: []string{"", ca}}), strings.TrimPrefix(srv.URL, "https://")+"/app")
}

// startTLS starts a server, and writes the authority that it is to be trusted by.
func startTLS(t *testing.T, srv *httptest.Server) (ca string) {
	t.Helper()
	srv.Config.ErrorLog = slogDiscard()
	srv.StartTLS()
	t.Cleanup(srv.Close)
	ca = filepath.Join(t.TempDir(), "ca.crt")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return ca
}
