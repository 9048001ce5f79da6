// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"testing"
)

// Merging our own pull request must not start the loop again, however it is
// merged. A push that carries the merge of one and a commit of a person is built.
func TestMergeStartsNoRun(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{}
	for _, service := range []string{"cart", "order", "rate", "web"} {
		files["microservices/"+service+"/text"] = "new\n"
	}
	w.succeeded(w.push("four services", files))
	for service, method := range map[string]string{"cart": "merge", "order": "squash", "web": "rebase"} {
		t.Run(method, func(t *testing.T) {
			w := w.on(t)
			pull, err := w.Pull(w.ctx, service)
			w.must(err)
			if pull == nil {
				t.Fatal("no pull request")
			}
			_, err = w.Merge(w.ctx, pull.GetNumber(), method)
			w.must(err)
			w.wantRuns(1)
		})
	}
	w.git("pull", "--quiet", "--rebase", "origin", w.Branch)
	w.git("fetch", "--quiet", "origin", "refs/heads/adze/rate")
	w.git("merge", "--quiet", "--no-ff", "--message", "Merge pull request #1 from mixedpush/adze/rate", "FETCH_HEAD")
	commit, err := w.Commit(w.ctx, "cart: newer text", map[string]string{"microservices/cart/text": "newer\n"})
	w.must(err)
	w.git("push", "--quiet", "origin", "HEAD:refs/heads/"+w.Branch)
	w.wantBuilt(w.succeeded(commit), "cart")
	w.wantRuns(2)
}
