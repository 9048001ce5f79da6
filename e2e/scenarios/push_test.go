// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/sample"
)

// What a push affects is built and proposed, and nothing else. One repository
// sees all of these, one after the other, each deployed before the next.
func TestPush(t *testing.T) {
	w := newWorld(t)
	for _, push := range []struct {
		what  string
		files map[string]string
		want  []string
	}{
		{"two services", map[string]string{"microservices/web/text": "new\n", "microservices/cart/text": "new\n"}, []string{"cart", "web"}},
		{"a library that another is made of", map[string]string{"microservices/user/text": "new\n"}, []string{"rate", "user"}},
		{"a folder that two share", map[string]string{"proto/shop.proto": "syntax = \"proto3\";\n"}, []string{"cart", "order"}},
		{"a file that belongs to no service, and words about one", map[string]string{
			"notes.txt": "nobody builds this\n", "microservices/web/README.md": "words\n",
		}, nil},
	} {
		t.Run(push.what, func(t *testing.T) {
			w := w.on(t)
			commit := w.push(push.what, push.files)
			w.wantBuilt(w.succeeded(commit), push.want...)
			w.wantProposed(commit, push.want...)
			for _, service := range sample.Services() {
				w.wantTag(service, commit, slices.Contains(push.want, service))
			}
			w.mergeAll()
		})
	}
	w.wantRuns(4)
	w.wantPrograms("harbor-push", "kaniko-build", "manifest-pr", "monorepo-change", "scan-gate")
}

// The pull request says what it changes, and changes one line.
func TestPullRequest(t *testing.T) {
	w := newWorld(t)
	// Two commits that are pushed together are one run.
	_, err := w.Commit(w.ctx, "web: new text", map[string]string{"microservices/web/text": "new\n"})
	w.must(err)
	commit := w.push("cart: new text", map[string]string{"microservices/cart/text": "new\n"})
	w.succeeded(commit)
	w.wantPulls("cart", "web")
	pull, err := w.Pull(w.ctx, "web")
	w.must(err)
	if want := "[Update manifest] web: " + w.First[:7] + " → " + commit[:7]; pull.GetTitle() != want {
		t.Errorf("title %q, want %q", pull.GetTitle(), want)
	}
	digest, err := w.Digest(w.ctx, "web", commit)
	w.must(err)
	for _, want := range []string{commit, digest, w.First, "manifests/web/app.yaml"} {
		if !strings.Contains(pull.GetBody(), want) {
			t.Errorf("the body lacks %q:\n%s", want, pull.GetBody())
		}
	}
	w.wantSummary("web")
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
	w.wantProposed(second, "cart", "web")
}

func TestBranchesAndTags(t *testing.T) {
	w := newWorldWith(t, loop.Options{Watched: "develop"})
	commit, err := w.Commit(w.ctx, "web: on a branch", map[string]string{"microservices/web/text": "branch\n"})
	w.must(err)
	w.git("push", "--quiet", "origin", "HEAD:refs/heads/feature")
	w.git("push", "--quiet", "origin", ":refs/heads/feature")
	w.git("tag", "v1")
	w.git("push", "--quiet", "origin", "v1")
	w.wantRuns(0)
	// The twin that passes: the same commit on the watched branch.
	w.git("push", "--quiet", "origin", "HEAD:refs/heads/"+w.Branch)
	// The run reads from the branch what is deployed, before the branch goes.
	run, err := w.WaitRun(w.ctx, commit)
	w.must(err)
	w.waitTask(run.Name, "image")
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
