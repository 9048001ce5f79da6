// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"testing"
)

// Merging our own pull request must not start the loop again, however it is
// merged; a push that follows does.
func TestMergeStartsNoRun(t *testing.T) {
	w := newWorld(t)
	for i, method := range []string{"merge", "squash", "rebase"} {
		t.Run(method, func(t *testing.T) {
			w := w.on(t)
			commit := w.push("web: new text", map[string]string{"microservices/web/text": method + "\n"})
			w.succeeded(commit)
			pull, err := w.Pull(w.ctx, "web")
			w.must(err)
			if pull == nil {
				t.Fatal("no pull request")
			}
			_, err = w.Merge(w.ctx, pull.GetNumber(), method)
			w.must(err)
			w.wantRuns(i + 1)
		})
	}
}

// A push that carries the merge of our pull request and a commit of a person is built.
func TestMixedPush(t *testing.T) {
	w := newWorld(t)
	w.succeeded(w.push("web: new text", map[string]string{"microservices/web/text": "new\n"}))
	w.git("fetch", "--quiet", "origin", "refs/heads/adze/web")
	w.git("merge", "--quiet", "--no-ff", "--message", "Merge pull request #1 from mixedpush/adze/web", "FETCH_HEAD")
	commit, err := w.Commit(w.ctx, "cart: new text", map[string]string{"microservices/cart/text": "new\n"})
	w.must(err)
	w.git("push", "--quiet", "origin", "HEAD:refs/heads/"+w.Branch)
	w.wantBuilt(w.succeeded(commit), "cart")
	w.wantRuns(2)
}
