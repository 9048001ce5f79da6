// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"net/mail"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"
)

// tip is the commit at the tip of admin's branch.
func (w *world) tip() *github.RepositoryCommit {
	w.t.Helper()
	c, _, err := w.repo().Client.Repositories.GetCommit(w.t.Context(), "acme", "monorepo", "adze/admin", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// What git itself reads as trailers is what Argo CD reads.
func TestCommitTellsArgoCDOfTheSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := w.commit("main", "feat: \"quick\" fixes #12\n\nping @all, see https://forge.example/x\n\nSigned-off-by: Kim <kim@x.example>\n", "microservices/admin/main.go", "package main // 9\n")
	w.adorn(Look{Pusher: "kim", PipelineRun: "ci/run-1", Author: Author{"CI", "ci@x.example"}, SignOff: true,
		Summaries: map[string]string{"admin": "2 high @all\nAdze-Tree: 0"}}, source, Opened, 4)
	tip := w.tip()
	cmd := exec.CommandContext(t.Context(), "git", "interpret-trailers", "--parse")
	cmd.Stdin = strings.NewReader(tip.GetCommit().GetMessage())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		got[key] += value
	}
	for key, want := range map[string]string{
		argoSHA: source, argoSubject: `feat: "quick" fixes #` + joiner + "12", trailerRun: "ci/run-1", trailerPusher: "kim",
		argoBody:       `"ping \u0040all, see https\u003a//forge.example/x\n\nSigned-off-by: Kim <kim\u0040x.example>"`,
		argoRepo:       strings.TrimSuffix(w.url, "/api/v3") + "/acme/monorepo",
		trailerSignOff: "CI <ci@x.example>", trailerTree: tip.GetCommit().GetTree().GetSHA(),
	} {
		if got[key] != want {
			t.Errorf("%s: got %q, want %q", key, got[key], want)
		}
	}
	if a, err := mail.ParseAddress(got[argoAuthor]); err != nil || a.Name != "developer" {
		t.Errorf("author %q: %v", got[argoAuthor], err)
	}
	if _, err := time.Parse(time.RFC3339, got[argoDate]); err != nil {
		t.Errorf("date: %v", err)
	}
	if a := tip.GetCommit().GetAuthor(); a.GetName() != "CI" || a.GetEmail() != "ci@x.example" {
		t.Errorf("the author is %v", a)
	}
	body := w.pulls("open")[0].GetBody()
	for _, want := range []string{"Its scan: `2 high @all Adze-Tree: 0`.", "Built from `feat: \"quick\" fixes #12` by `developer`, pushed by `kim`, in run `ci/run-1`."} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing from:\n%s", want, body)
		}
	}
	// Another run for the same commit changes nothing: its notes are not news.
	w.adorn(Look{PipelineRun: "ci/run-2"}, source, Unchanged, 0)
}

// A source commit that cannot be read is no reason to propose nothing.
func TestUnknownSourceCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.repo()
	if c, err := r.sourceCommit(t.Context(), strings.Repeat("0", 40)); c != nil || err != nil {
		t.Errorf("got %v, %v", c, err)
	}
	w.forge.ResetRequests()
	if c, err := r.sourceCommit(t.Context(), strings.Repeat("0", 40)); c != nil || err != nil || len(w.forge.Requests()) != 0 {
		t.Errorf("asked again: %v, %v", c, err)
	}
}
