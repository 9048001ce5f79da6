// SPDX-License-Identifier: Apache-2.0

package forge_test

import (
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

const queueLook = `query { repository(owner: "acme", name: "shop") { mergeQueue(branch: "main") { entries(first: 9) { nodes { position headCommit { oid } } } } } }`

// line is a queue with two pull requests, each of which waits for the context ci.
type line struct {
	*forgetest.Forge
	t        *testing.T
	client   *github.Client
	token    string
	receiver *forgetest.Receiver
	pulls    []*github.PullRequest
}

func newLine(t *testing.T) line {
	t.Helper()
	f, token, receiver := start(t, map[string]string{"a": "1"})
	l := line{Forge: f, t: t, client: f.Client(t, token), token: token, receiver: receiver}
	if err := f.Protect(repoName, "main", "ci"); err != nil {
		t.Fatal(err)
	}
	if err := f.RequireQueue(repoName, "main", "squash"); err != nil {
		t.Fatal(err)
	}
	for _, branch := range []string{"one", "two"} {
		f.Push(t, repoName, branch, branch, map[string]string{branch: "1"})
		l.pulls = append(l.pulls, open(t, l.client, branch))
	}
	return l
}

func (l line) status(sha, state string) {
	l.t.Helper()
	must(l.client.Repositories.CreateStatus(l.t.Context(), "acme", "shop", sha, &github.RepoStatus{State: &state, Context: github.String("ci")}))(l.t)
}

// enqueue has the checks of all pull requests pass and adds them.
func (l line) enqueue() {
	l.t.Helper()
	for _, pr := range l.pulls {
		wrong(l.t, "before its checks", l.mutate("enqueuePullRequest", "pullRequestId", pr), "UNPROCESSABLE", "Required status check")
		l.status(pr.GetHead().GetSHA(), "success")
		if r := l.mutate("enqueuePullRequest", "pullRequestId", pr); len(r.Errors) > 0 {
			l.t.Fatal(r.Errors)
		}
	}
}

func (l line) mutate(name, key string, pr *github.PullRequest) reply {
	return query(l.t, l.Forge, l.token, `mutation($id: ID!) { `+name+`(input: {`+key+`: $id}) { clientMutationId } }`, map[string]any{"id": pr.GetNodeID()})
}

// groups are the commits that the queue made, in its order.
func (l line) groups() []string {
	l.t.Helper()
	r := query(l.t, l.Forge, l.token, queueLook, nil)
	var all []string
	for _, node := range r.Data["repository"]["mergeQueue"].(map[string]any)["entries"].(map[string]any)["nodes"].([]any) {
		all = append(all, node.(map[string]any)["headCommit"].(map[string]any)["oid"].(string))
	}
	return all
}

// told are the actions of events, in order.
func (l line) told(event string) string {
	l.Wait()
	var all []string
	for _, e := range l.receiver.Events(event) {
		word := e.Payload["action"].(string)
		if reason, ok := e.Payload["reason"].(string); ok {
			word += ":" + reason
		}
		all = append(all, word)
	}
	return strings.Join(all, " ")
}

func (l line) merged(n int) bool {
	l.t.Helper()
	return must(l.client.PullRequests.Get(l.t.Context(), "acme", "shop", l.pulls[n].GetNumber()))(l.t).GetMerged()
}

func TestMergeQueue(t *testing.T) {
	l := newLine(t)
	l.enqueue()
	_, _, err := l.client.PullRequests.Merge(t.Context(), "acme", "shop", 1, "", nil)
	refused(t, "past the queue", err, 405, "merge queue")
	groups := l.groups()
	second := must(l.client.Git.GetCommit(t.Context(), "acme", "shop", groups[1]))(t)
	if len(groups) != 2 || second.Parents[0].GetSHA() != groups[0] {
		t.Fatalf("the queue holds %v, and the second stands on %v", groups, second.Parents)
	}
	branch := "heads/gh-readonly-queue/main/pr-2-" + groups[0]
	if ref := must(l.client.Git.GetRef(t.Context(), "acme", "shop", branch))(t); ref.GetObject().GetSHA() != groups[1] {
		t.Errorf("%s is at %s", branch, ref.GetObject().GetSHA())
	}
	l.status(groups[1], "success")
	if l.merged(0) || l.merged(1) {
		t.Error("merged before its turn")
	}
	l.status(groups[0], "success")
	tip := must(l.client.Git.GetRef(t.Context(), "acme", "shop", "heads/main"))(t)
	if !l.merged(0) || !l.merged(1) || tip.GetObject().GetSHA() != groups[1] {
		t.Errorf("merged %v and %v, main is at %s", l.merged(0), l.merged(1), tip.GetObject().GetSHA())
	}
	if got := l.told("merge_group"); got != "checks_requested checks_requested destroyed:merged destroyed:merged" {
		t.Errorf("told of groups: %s", got)
	}
	if got := l.told("pull_request"); got != "opened opened enqueued enqueued closed closed" {
		t.Errorf("told of pull requests: %s", got)
	}
}

// What falls out of the queue, because its checks fail or somebody takes it out, leaves
// those behind it on a new commit.
func TestFallingOutOfTheQueue(t *testing.T) {
	for name, out := range map[string]func(l line){
		"dequeued:CI_FAILURE": func(l line) { l.status(l.groups()[0], "failure") },
		"dequeued:MANUAL":     func(l line) { l.mutate("dequeuePullRequest", "id", l.pulls[0]) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t)
			l.enqueue()
			before := l.groups()
			out(l)
			after := l.groups()
			if len(after) != 1 || after[0] == before[1] || l.merged(0) {
				t.Errorf("the queue went from %v to %v", before, after)
			}
			if got := l.told("merge_group"); got != "checks_requested checks_requested destroyed:dequeued destroyed:invalidated checks_requested" {
				t.Errorf("told of groups: %s", got)
			}
			if got := l.told("pull_request"); !strings.HasSuffix(got, name) {
				t.Errorf("told of pull requests: %s", got)
			}
			wrong(t, "again", l.mutate("dequeuePullRequest", "id", l.pulls[0]), "UNPROCESSABLE", "not in the merge queue")
		})
	}
}

// The head of what is queued cannot be moved; credentials that bypass the rule move it,
// and the queue merges what was added.
func TestMovingWhatIsQueued(t *testing.T) {
	l := newLine(t)
	l.enqueue()
	move := func() error {
		ref := &github.Reference{Ref: github.String("refs/heads/one"), Object: &github.GitObject{SHA: github.String(l.pulls[1].GetHead().GetSHA())}}
		_, _, err := l.client.Git.UpdateRef(t.Context(), "acme", "shop", ref, true)
		return err
	}
	refused(t, "moving", move(), 422, "queued for merging cannot be updated")
	if err := l.SetQuirks(repoName, forge.Quirks{QueueLetsPush: true}); err != nil {
		t.Fatal(err)
	}
	if err := move(); err != nil {
		t.Fatal(err)
	}
	group := l.groups()[0]
	l.status(group, "success")
	if !l.merged(0) {
		t.Error("the queue did not merge")
	}
	tree := must(l.client.Git.GetTree(t.Context(), "acme", "shop", group, false))(t)
	if len(tree.Entries) != 2 || tree.Entries[1].GetPath() != "one" {
		t.Errorf("the queue merged %v", tree.Entries)
	}
}

// Auto-merge adds to the queue what is ready, now or later.
func TestAutoMergeAddsToTheQueue(t *testing.T) {
	l := newLine(t)
	if _, _, err := l.client.Repositories.Edit(t.Context(), "acme", "shop", &github.Repository{AllowAutoMerge: github.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	l.status(l.pulls[1].GetHead().GetSHA(), "success")
	for _, pr := range l.pulls {
		if r := l.mutate("enablePullRequestAutoMerge", "pullRequestId", pr); len(r.Errors) > 0 {
			t.Fatal(r.Errors)
		}
	}
	if n := len(l.groups()); n != 1 {
		t.Errorf("%d are in the queue, of which one is ready", n)
	}
	l.status(l.pulls[0].GetHead().GetSHA(), "success")
	if n := len(l.groups()); n != 2 {
		t.Errorf("%d are in the queue, and both are ready", n)
	}
}
