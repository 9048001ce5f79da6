// SPDX-License-Identifier: Apache-2.0

package forge_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

// Whoever has an answer finds its request in the log, be the answer long or short.
func TestTheLogKnowsEveryAnsweredRequest(t *testing.T) {
	f := forgetest.Start(t)
	f.Repo(t, "acme/shop", map[string]string{"README.md": strings.Repeat("shop\n", 1<<14)})
	f.ResetRequests()
	for i := range 100 {
		path := "/api/v3/repos/acme/shop/git/ref/heads/main"
		if i%2 == 0 {
			path = "/api/v3/repos/acme/shop/contents/README.md"
		}
		res, err := http.Get(f.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, res.Body)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close() //nolint:errcheck // it was read to its end
		log := f.Requests()
		if len(log) != i+1 || log[i].Status != http.StatusOK {
			t.Fatalf("after %d requests the log holds %d", i+1, len(log))
		}
	}
}
