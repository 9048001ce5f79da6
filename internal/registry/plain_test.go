// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

// A registry at a private address, whose TLS fails, gets no password in plain
// HTTP, unless the user named it.
func TestPlainHTTPIsNamed(t *testing.T) {
	const host = "10.1.2.3:5000"
	config := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(config, []byte(`{"auths":{"`+host+`":{"auth":"cm9ib3Q6czNjcmV0"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	address := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			if _, _, ok := r.BasicAuth(); !ok {
				w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	for _, named := range []bool{false, true} {
		o := Options{DockerConfig: config}
		if named {
			o.Insecure = []string{host}
		}
		c := newClient(t, o)
		base := c.transport.(*retry.Transport).Base.(*plainHTTP).next.(*http.Transport)
		base.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		repo, err := c.Repository(host + "/library/app")
		if err != nil {
			t.Fatal(err)
		}
		asked.Store(0)
		_, err = c.Push(t.Context(), repo, image(t))
		if named && (err != nil || asked.Load() == 0) || !named && (err == nil || asked.Load() > 0) {
			t.Errorf("named %v: %v after %d requests", named, err, asked.Load())
		}
		if hints := step.Hints(err); !named && (len(hints) != 1 || !strings.Contains(hints[0], "--insecure")) {
			t.Errorf("%v with hints %v", err, hints)
		}
	}
}

func TestPlainLetsPass(t *testing.T) {
	for url, tc := range map[string]struct{ login, pass bool }{
		"http://10.0.0.1/v2/":                      {},
		"http://10.0.0.1/service/token":            {login: true},
		"http://10.0.0.1/bucket/layer?signature=1": {pass: true},
		"https://10.0.0.1/v2/":                     {login: true, pass: true},
		"http://127.0.0.1:5000/v2/":                {login: true, pass: true},
		"http://[::1]:5000/v2/":                    {login: true, pass: true},
		"http://registry.localhost/v2/":            {login: true, pass: true},
		"http://named.test:5000/v2/":               {login: true, pass: true},
		"http://named.test/service/token":          {login: true, pass: true},
		"http://[fd00::1]:5000/v2/":                {login: true, pass: true},
		"http://named.test.example/v2/":            {login: true},
		"http://127.0.0.1.example/v2/library/app/": {},
	} {
		passed := false
		p := &plainHTTP{insecure: []string{"named.test:5000", "[fd00::1]:5000"}, next: through(func(*http.Request) (*http.Response, error) {
			passed = true
			return nil, http.ErrNotSupported
		})}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tc.login {
			req.SetBasicAuth("robot", "s3cret")
		}
		if _, err := p.RoundTrip(req); passed != tc.pass { //nolint:bodyclose // there is no answer
			t.Errorf("%s: passed %v, %v", url, passed, err)
		}
	}
}

type through func(*http.Request) (*http.Response, error)

func (f through) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
