// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// Every flag reaches the pull request or its commit, and the same run again
// changes nothing.
func TestPresentationFlags(t *testing.T) {
	w := newWorld(t, 1, "admin")
	w.server.AddUser("lee", "Lee", "lee@users.example")
	_, file := w.bot()
	if _, _, err := w.client.Issues.CreateMilestone(t.Context(), w.owner, w.name, &github.Milestone{Title: github.String("Autumn")}); err != nil {
		t.Fatal(err)
	}
	words := append(w.words(file, w.source[0], "admin"),
		"--title-template=ship {{.Key}} {{.New}}", "--body-template=The new {{range .Parts}}{{.Service}} ({{.Summary}}){{end}} of {{.Pusher}}, {{.PipelineRun}}",
		"--branch-template=adze/to-{{.Base}}/{{.Key}}", "--draft", "--label=deploy", "--label", "urgent", "Deploy", "--", "--reviewer=lee", "--assignee=lee",
		"--author=CI <ci@x.example>", "--sign-off", "--pipeline-run=ci/run-1", "--pusher=kim", "--summary=admin=no findings", "--team-reviewer=", "--auto-merge=no", "--milestone=autumn")
	if a := w.run(t.Context(), words); a.code != 0 || a.lines[0].Outcome != "opened" {
		t.Fatalf("exit code %d:\n%s", a.code, a.log)
	}
	if a := w.run(t.Context(), words); a.code != 0 || a.lines[0].Outcome != "unchanged" {
		t.Fatalf("once more: exit code %d, %v:\n%s", a.code, a.lines, a.log)
	}
	pulls := w.pulls("open", "to-main/admin")
	if len(pulls) != 1 {
		t.Fatalf("%d pull requests", len(pulls))
	}
	pr := pulls[0]
	if pr.GetTitle() != propose.Prefix+"ship admin "+w.source[0][:7] || !strings.HasPrefix(pr.GetBody(), "The new `admin` (`no findings`) of `kim`, `ci/run-1`\n\n<!-- adze: ") {
		t.Errorf("title %q, text:\n%s", pr.GetTitle(), pr.GetBody())
	}
	if !pr.GetDraft() || pr.Milestone.GetTitle() != "Autumn" || len(pr.Labels) != 2 || len(pr.RequestedReviewers) != 1 || len(pr.Assignees) != 1 {
		t.Errorf("draft %v, labels %v, reviewers %v, assignees %v", pr.GetDraft(), pr.Labels, pr.RequestedReviewers, pr.Assignees)
	}
	commit, _, err := w.client.Repositories.GetCommit(t.Context(), w.owner, w.name, "adze/to-main/admin", nil)
	if err != nil {
		t.Fatal(err)
	}
	if message := commit.GetCommit().GetMessage(); commit.GetCommit().GetAuthor().GetEmail() != "ci@x.example" ||
		!strings.HasSuffix(message, "\nSigned-off-by: CI <ci@x.example>\n") || !strings.Contains(message, "\nAdze-PipelineRun: ci/run-1\n") {
		t.Errorf("by %v:\n%s", commit.GetCommit().GetAuthor(), message)
	}
}

// A folder says what flags leave open, as a ConfigMap is mounted.
func TestLookFolder(t *testing.T) {
	w := newWorld(t, 1, "admin")
	_, file := w.bot()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "..data"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("title-template", "folder {{.Key}}\n")
	write("body-template", "of the folder\n\n")
	write("branch-template", "adze/folder-{{.Key}}\r\n")
	write("author", "CI <ci@x.example>\n")
	write("sign-off", "true\n")
	write("signed-commits", "false")
	words := append(w.words(file, w.source[0], "admin"), "--look="+dir, "--title-template=flag {{.Key}}")
	if a := w.run(t.Context(), words); a.code != 0 || a.lines[0].Outcome != "opened" {
		t.Fatalf("exit code %d:\n%s", a.code, a.log)
	}
	pulls := w.pulls("open", "folder-admin")
	if len(pulls) != 1 || pulls[0].GetTitle() != propose.Prefix+"flag admin" || !strings.HasPrefix(pulls[0].GetBody(), "of the folder\n\n<!--") {
		t.Fatalf("%+v", pulls)
	}
	commit, _, err := w.client.Repositories.GetCommit(t.Context(), w.owner, w.name, "adze/folder-admin", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(commit.GetCommit().GetMessage(), "\nSigned-off-by: CI <ci@x.example>\n") {
		t.Errorf("the commit says:\n%s", commit.GetCommit().GetMessage())
	}
	write("sign-off", "perhaps")
	write("title", "folder")
	a := w.run(t.Context(), words)
	for _, want := range []string{filepath.Join(dir, "sign-off") + ` says "perhaps"`, "nothing is known of " + filepath.Join(dir, "title"), "hint: a file is named"} {
		if a.code != step.CodeMisused || !strings.Contains(a.log, want) {
			t.Errorf("exit code %d, want %q:\n%s", a.code, want, a.log)
		}
	}
}

// What is wrong is said before anything is asked of the forge, and names the flag.
func TestPresentationMisuse(t *testing.T) {
	w := newWorld(t, 1, "admin")
	_, file := w.bot()
	for want, words := range map[string][]string{
		"the title's template":                     {"--title-template={{.Nope}}"},
		"the body's template":                      {"--body-template={{.Key"},
		"does not begin with adze/":                {"--branch-template={{.Key}}"},
		"--author: \"CI\" is not NAME <EMAIL>":     {"--author=CI"},
		"--sign-off needs --author":                {"--sign-off"},
		"both --signed-commits and --author":       {"--signed-commits", "--author=CI <ci@x.example>"},
		"both --draft and --auto-merge":            {"--draft", "--auto-merge=merge"},
		"--summary=\"passed\" is not SERVICE=TEXT": {"--summary=passed"},
		"--summary names service admin twice":      {"--summary=admin=a", "--summary=admin=b"},
		"--auto-merge":                             {"--auto-merge=yes"},
		"--look: open nowhere":                     {"--look=nowhere"},
	} {
		w.server.ResetRequests()
		a := w.run(t.Context(), append(w.words(file, w.source[0], "admin"), words...))
		if a.code != step.CodeMisused || !strings.Contains(a.log, want) || len(w.server.Requests()) != 0 {
			t.Errorf("%q: exit code %d, %d requests, want %q:\n%s", words, a.code, len(w.server.Requests()), want, a.log)
		}
	}
}
