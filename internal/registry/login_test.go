// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
)

// A token to read is asked for once, and anew when it ends; each tag that is put
// takes one to write.
func TestLoginIsKept(t *testing.T) {
	var tokens, wanted atomic.Int64
	wanted.Store(1)
	host := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.Header.Get("Authorization") {
			case fmt.Sprintf("Bearer t%d", wanted.Load()):
				next.ServeHTTP(w, r)
				return
			case "":
				if r.URL.Path == "/token" {
					tokens.Add(1)
					_, _ = fmt.Fprintf(w, `{"token":"t%d"}`, wanted.Load())
					return
				}
			}
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="s"`, r.Host))
			w.WriteHeader(http.StatusUnauthorized)
		})
	})
	c := newClient(t, Options{})
	digest := push(t, c, host+"/library/app")
	tokens.Store(0)
	for _, tag := range []string{"one", "two", "one"} {
		if err := c.Tag(t.Context(), digest, tag); err != nil {
			t.Fatal(err)
		}
	}
	if n := tokens.Load(); n > 2 { // the third is there
		t.Errorf("%d tokens for three tags", n)
	}
	wanted.Add(1)
	if err := c.Has(t.Context(), digest); err != nil || tokens.Load() > 3 {
		t.Errorf("after the token's end: %v, %d tokens", err, tokens.Load())
	}
}
