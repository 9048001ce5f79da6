// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain is the program that the tests of the proxy run: the variables are
// read once in a process.
func TestMain(m *testing.M) {
	if url := os.Getenv("TRANSPORT_GET"); url != "" {
		body, err := fetch(url)
		fmt.Println(body, err)
		return
	}
	m.Run()
}

func fetch(url string) (string, error) {
	tr, err := New(nil, time.Minute)
	if err != nil {
		return "", err
	}
	resp, err := (&http.Client{Transport: tr}).Get(url) //nolint:noctx // ends with the process
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(resp.Body)
	return string(body), errors.Join(err, resp.Body.Close())
}

// tunnel is a proxy that asks for a password, and takes every host for one server.
type tunnel struct {
	t    *testing.T
	to   string
	mu   sync.Mutex
	seen []string
}

// ServeHTTP answers CONNECT (RFC 9110, section 9.3.6).
func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.Host)
	p.mu.Unlock()
	if r.Header.Get("Proxy-Authorization") != "Basic dXNlcjpzZWNyZXQ=" { // user:secret
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	server, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", p.to)
	if err != nil {
		p.t.Error(err)
		return
	}
	defer server.Close() //nolint:errcheck // the test ends
	w.WriteHeader(http.StatusOK)
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		p.t.Error(err)
		return
	}
	defer conn.Close() //nolint:errcheck // the test ends
	go func() { _, _ = io.Copy(server, bufio.NewReader(buf)) }()
	_, _ = io.Copy(conn, server)
}

func TestProxy(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := certificate(t, s)
	p := &tunnel{t: t, to: s.Listener.Addr().String()}
	proxy := httptest.NewServer(p)
	t.Cleanup(proxy.Close)
	address := strings.TrimPrefix(proxy.URL, "http://")
	// A server without a proxy is asked at an address that is no loopback one for
	// the proxy's rules, and refused there, for its certificate is another's.
	direct := "https://" + strings.Replace(p.to, "127.0.0.1", "0.0.0.0", 1)
	const far, refused = "https://example.com/", "certificate is valid for"
	for name, c := range map[string]struct {
		url  string
		env  []string
		says string
		seen string
	}{
		"a login":          {far, []string{"HTTPS_PROXY=http://user:secret@" + address}, "hello", "[CONNECT example.com:443]"},
		"a wrong login":    {far, []string{"HTTPS_PROXY=http://user:secretive@" + address}, "Proxy Authentication Required", "[CONNECT example.com:443]"},
		"a proxy gone":     {far, []string{"HTTPS_PROXY=http://user:secret@127.0.0.1:1"}, "refused", "[]"},
		"no address":       {direct, []string{"HTTPS_PROXY=http://user:secret@" + address + "/%zz"}, refused, "[]"},
		"another's proxy":  {direct, []string{"HTTP_PROXY=http://user:secret@" + address}, refused, "[]"},
		"not for the host": {direct, []string{"HTTPS_PROXY=http://user:secret@" + address, "NO_PROXY=0.0.0.0"}, refused, "[]"},
	} {
		p.seen = nil
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(c.env, "TRANSPORT_GET="+c.url, "SSL_CERT_FILE="+ca)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.says) || strings.Contains(string(out), "secret") {
			t.Errorf("%s: got %s, %v", name, out, err)
		}
		if got := fmt.Sprint(p.seen); got != c.seen {
			t.Errorf("%s: the proxy was asked %s, want %s", name, got, c.seen)
		}
	}
}
