// SPDX-License-Identifier: Apache-2.0

package forge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

func TestJournal(t *testing.T) {
	f := forgetest.Start(t)
	f.Repo(t, "acme/shop", map[string]string{"README.md": "shop\n"})
	tip := f.Push(t, "acme/shop", "topic", "a change", map[string]string{"README.md": "the shop\n"})
	client := f.Client(t, f.AddToken("bot", forge.TokenOptions{}))
	pr, _, err := client.PullRequests.Create(t.Context(), "acme", "shop", &github.NewPullRequest{
		Title: github.String("the shop"), Head: github.String("topic"), Base: github.String("main")})
	if err != nil {
		t.Fatal(err)
	}
	next := f.Push(t, "acme/shop", "topic", "another", map[string]string{"README.md": "our shop\n"})
	if _, _, err := client.PullRequests.Merge(t.Context(), "acme", "shop", pr.GetNumber(), "", &github.PullRequestOptions{MergeMethod: "squash"}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Git.DeleteRef(t.Context(), "acme", "shop", "heads/topic"); err != nil {
		t.Fatal(err)
	}
	short := map[string]string{tip: "tip", next: "next", strings.Repeat("0", 40): "none"}
	var got []string
	for _, e := range f.Journal("acme/shop") {
		switch {
		case e.Number != 0:
			got = append(got, fmt.Sprintf("%s: %d %s, %s to %s, at %s", e.User, e.Number, e.Action, e.Head, e.Base, short[e.HeadSHA]))
		case e.Ref == "refs/heads/topic":
			got = append(got, fmt.Sprintf("%s: %s to %s", e.User, short[e.Old], short[e.New]))
		}
	}
	want := "developer: none to tip\nbot: 1 opened, topic to main, at tip\ndeveloper: tip to next\ndeveloper: 1 synchronize, topic to main, at next\n" +
		"bot: 1 closed, topic to main, at next\nbot: next to none"
	if strings.Join(got, "\n") != want {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), want)
	}
}
