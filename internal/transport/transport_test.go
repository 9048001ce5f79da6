// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/adze-ci/adze/internal/step"
)

// get asks with a transport of its own, and reads the answer to its end.
func get(t *testing.T, url string, caFiles []string, silence time.Duration) (string, error) {
	t.Helper()
	tr, err := New(caFiles, silence)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.CloseIdleConnections)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(resp.Body)
	return string(body), errors.Join(err, resp.Body.Close())
}

// A server that begins an answer and falls silent is given up, with HTTP 1 and 2.
func TestSilenceEndsAnAnswer(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		done := make(chan struct{})
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "begun")
			http.NewResponseController(w).Flush() //nolint:errcheck // the client may be gone
			<-done
		}))
		s.EnableHTTP2 = http2
		s.StartTLS()
		t.Cleanup(s.Close)
		body, err := get(t, s.URL, []string{certificate(t, s)}, 100*time.Millisecond)
		close(done)
		if err == nil || body != "" && body != "begun" {
			t.Errorf("HTTP/2 %v: got %q, %v", http2, body, err)
		}
	}
}

// certificate writes a server's certificate into a folder of its own.
func certificate(t *testing.T, s *httptest.Server) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.crt")
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAuthorities(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	t.Cleanup(s.Close)
	ca := certificate(t, s)
	for name, tc := range map[string]struct {
		files   []string
		trusted bool
	}{
		"none":            {nil, false},
		"an empty name":   {[]string{""}, false},
		"an empty folder": {[]string{t.TempDir()}, false},
		"a file":          {[]string{"", ca}, true},
		"its folder":      {[]string{filepath.Dir(ca)}, true},
	} {
		if body, err := get(t, s.URL, tc.files, time.Minute); (err == nil) != tc.trusted || tc.trusted && body != "hello" {
			t.Errorf("%s: got %q, %v", name, body, err)
		}
	}
}

func TestWhatIsNoAuthorityIsMisuse(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(broken, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{broken, filepath.Dir(broken), "/no/such/file"} {
		if _, err := New([]string{file}, time.Minute); step.CodeOf(err) != step.CodeMisused {
			t.Errorf("%s: got %v", file, err)
		}
	}
}
