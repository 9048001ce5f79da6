// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"net/http"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
)

// The default branch rides on the question for the id, and is asked for once.
func TestDefaultBranchIsOneRequest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  *forge.Fault
		wanted int
		node   bool
	}{
		"with GraphQL":    {nil, 1, true},
		"without GraphQL": {&forge.Fault{Path: "graphql$", Count: -1, Status: http.StatusNotFound}, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.fault != nil {
				if err := w.forge.AddFault(*c.fault); err != nil {
					t.Fatal(err)
				}
			}
			r := w.repo()
			w.forge.ResetRequests()
			for range 2 {
				branch, err := r.defaultBranch(t.Context())
				if err != nil || branch != "main" {
					t.Fatalf("got %q, %v", branch, err)
				}
				if node, err := r.nodeID(t.Context()); err != nil || (node != "") != c.node {
					t.Fatalf("got id %q, %v", node, err)
				}
			}
			if n := len(w.forge.Requests()); n != c.wanted {
				t.Errorf("%d requests: %v", n, w.forge.CountRequests())
			}
		})
	}
}
