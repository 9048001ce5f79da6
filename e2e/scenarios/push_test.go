// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/loop"
)

func TestPushOfOneService(t *testing.T) {
	w := newWorld(t)
	commit := w.push("web: new text", map[string]string{"microservices/web/text": "new\n"})
	run := w.succeeded(commit)
	w.wantBuilt(run, "web")
	w.wantPulls("web")
	w.wantTag("web", commit, true)
	w.wantTag("cart", commit, false)
	w.wantRuns(1)

	pull, err := w.Pull(w.ctx, "web")
	w.must(err)
	if !strings.HasPrefix(pull.GetTitle(), "[Update manifest] web: ") || !strings.HasSuffix(pull.GetTitle(), commit[:7]) {
		t.Errorf("title %q", pull.GetTitle())
	}
	diff, err := w.Diff(w.ctx, pull.GetNumber())
	w.must(err)
	for _, line := range []string{"+++ b/manifests/web/app.yaml", "+          image: " + w.ImagePrefix + "/web:" + commit + " # set by adze"} {
		if !strings.Contains(diff, line) {
			t.Errorf("the diff lacks %q:\n%s", line, diff)
		}
	}
	if added := strings.Count(diff, "\n+ "); added != 1 {
		t.Errorf("%d lines added, want 1:\n%s", added, diff)
	}
}

func TestPushOfTwoServices(t *testing.T) {
	w := newWorld(t)
	_, err := w.Commit(w.ctx, "web: new text", map[string]string{"microservices/web/text": "new\n"})
	w.must(err)
	commit := w.push("cart: new text", map[string]string{"microservices/cart/text": "new\n"})
	w.wantBuilt(w.succeeded(commit), "cart", "web")
	w.wantPulls("cart", "web")
	w.wantRuns(1)
}

func TestPushOfSharedLibrary(t *testing.T) {
	w := newWorld(t)
	commit := w.push("user: new text", map[string]string{"microservices/user/text": "new\n"})
	w.wantBuilt(w.succeeded(commit), "rate", "user")
	w.wantPulls("rate", "user")
}

func TestNothingAffected(t *testing.T) {
	w := newWorld(t)
	commit := w.push("notes", map[string]string{"notes.txt": "nobody builds this\n"})
	w.wantBuilt(w.succeeded(commit))
	commit = w.push("readme", map[string]string{"microservices/web/README.md": "words\n"})
	w.wantBuilt(w.succeeded(commit))
	w.wantPulls()
	w.wantRuns(2)
}

func TestForcePush(t *testing.T) {
	w := newWorld(t)
	first := w.push("web: first try", map[string]string{"microservices/web/text": "first\n"})
	w.succeeded(first)
	w.git("reset", "--quiet", "--hard", "HEAD~1")
	second, err := w.Commit(w.ctx, "cart: second try", map[string]string{"microservices/cart/text": "second\n"})
	w.must(err)
	w.git("push", "--quiet", "--force", "origin", "HEAD:refs/heads/"+w.Branch)
	run := w.succeeded(second)
	// Both differ between what the branch was and what it is now.
	w.wantBuilt(run, "cart", "web")
}

func TestBranchesAndTags(t *testing.T) {
	w := newWorldWith(t, loop.Options{Watched: "develop"})
	_, err := w.Commit(w.ctx, "web: on a branch", map[string]string{"microservices/web/text": "branch\n"})
	w.must(err)
	w.git("push", "--quiet", "origin", "HEAD:refs/heads/feature")
	w.git("push", "--quiet", "origin", ":refs/heads/feature")
	w.git("tag", "v1")
	w.git("push", "--quiet", "origin", "v1")
	w.wantRuns(0)
	// The twin that passes: the same commit on the watched branch.
	w.git("push", "--quiet", "origin", "HEAD:refs/heads/"+w.Branch)
	w.wantRuns(1)
	w.git("push", "--quiet", "origin", ":refs/heads/"+w.Branch)
	w.wantRuns(1)
	// Made anew, the branch is compared with where it left the default branch.
	w.git("push", "--quiet", "origin", "HEAD:refs/heads/"+w.Branch)
	for _, run := range w.wantRuns(2) {
		done, err := w.WaitDone(w.ctx, run.Name, nil)
		w.must(err)
		w.wantBuilt(done, "web")
	}
}
