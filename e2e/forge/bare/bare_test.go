// SPDX-License-Identifier: Apache-2.0

package bare_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

var when = time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))

func person(name string) bare.Person {
	return bare.Person{Name: name, Email: name + "@example.com", When: when}
}

func newRepo(t *testing.T) *bare.Repo {
	t.Helper()
	r, err := bare.Init(t.Context(), t.TempDir(), "main")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// commit writes a commit of files (path to content, empty content deletes) on a parent.
func commit(t *testing.T, r *bare.Repo, parent, message string, files map[string]string) string {
	t.Helper()
	ctx := t.Context()
	var changes []bare.Change
	for path, content := range files {
		c := bare.Change{Path: path}
		if content != "" {
			sha, err := r.Write(ctx, "blob", []byte(content))
			if err != nil {
				t.Fatal(err)
			}
			c.Mode, c.SHA = "100644", sha
		}
		changes = append(changes, c)
	}
	tree, err := r.WriteTree(ctx, parent, changes)
	if err != nil {
		t.Fatal(err)
	}
	g := bare.Commit{Tree: tree, Author: person("author"), Committer: person("committer"), Message: message}
	if parent != "" {
		g.Parents = []string{parent}
	}
	sha, err := r.WriteCommit(ctx, g)
	if err != nil {
		t.Fatal(err)
	}
	return sha
}

func TestCommitsComeBackAsWritten(t *testing.T) {
	r := newRepo(t)
	first := commit(t, r, "", "first", map[string]string{"a": "1"})
	tree, err := r.ReadCommit(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []bare.Commit{
		{Tree: tree.Tree, Parents: []string{first}, Author: person("ä"), Committer: person("b"), Message: "subject\n\nbody\n\nGit-trailer: x\n"},
		{Tree: tree.Tree, Parents: []string{}, Author: person("a"), Committer: person("b"), Message: ""},
		{Tree: tree.Tree, Parents: []string{first}, Author: person("a"), Committer: person("b"), Message: "signed", Signature: "-----BEGIN\n\nline\n-----END"},
	} {
		sha, err := r.WriteCommit(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.ReadCommit(t.Context(), sha)
		if err != nil {
			t.Fatal(err)
		}
		if got.Message != want.Message || got.Tree != want.Tree || len(got.Parents) != len(want.Parents) || got.Signature != want.Signature ||
			got.Author.Name != want.Author.Name || !got.Author.When.Equal(when) || got.Author.When.Format("-07:00") != "+01:00" {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestUpdateRefsIsAllOrNothing(t *testing.T) {
	r := newRepo(t)
	ctx := t.Context()
	one := commit(t, r, "", "one", map[string]string{"a": "1"})
	two := commit(t, r, one, "two", map[string]string{"a": "2"})
	if err := r.UpdateRefs(ctx, bare.RefUpdate{Name: "refs/heads/a", Old: bare.Zero, New: one}, bare.RefUpdate{Name: "refs/heads/b", Old: bare.Zero, New: one}); err != nil {
		t.Fatal(err)
	}
	for name, updates := range map[string][]bare.RefUpdate{
		"a ref that exists":           {{Name: "refs/heads/c", Old: bare.Zero, New: two}, {Name: "refs/heads/a", Old: bare.Zero, New: two}},
		"a ref that moved":            {{Name: "refs/heads/b", Old: one, New: two}, {Name: "refs/heads/a", Old: two, New: one}},
		"a file as a folder":          {{Name: "refs/heads/a/b", Old: bare.Zero, New: two}},
		"one that exists":             {{Name: "refs/heads/a", Old: bare.Zero, New: two}},
		"one that moved":              {{Name: "refs/heads/b", Old: two, New: one}},
		"one that is gone":            {{Name: "refs/heads/c", Old: one, New: two}},
		"one to delete":               {{Name: "refs/heads/b", Old: two, New: bare.Zero}},
		"an object that is no commit": {{Name: "refs/heads/c", Old: bare.Zero, New: bare.EmptyTree}},
		"no object":                   {{Name: "refs/heads/c", Old: bare.Zero, New: strings.Repeat("1", 40)}},
	} {
		if err := r.UpdateRefs(ctx, updates...); err == nil {
			t.Errorf("%s: updated", name)
		}
	}
	refs, err := r.Refs(ctx, "")
	if err != nil || len(refs) != 2 || refs[0].SHA != one || refs[1].SHA != one {
		t.Errorf("refs %v, %v", refs, err)
	}
	deeper := []bare.RefUpdate{{Name: "refs/heads/b", Old: one, New: bare.Zero}, {Name: "refs/heads/b/c", Old: bare.Zero, New: two},
		{Name: "refs/heads/b/c", Old: two, New: bare.Zero}, {Name: "refs/heads/b", Old: bare.Zero, New: two}, {Name: "refs/heads/b", Old: two, New: one}}
	for _, u := range deeper {
		if err := r.UpdateRefs(ctx, u); err != nil {
			t.Errorf("%+v: %v", u, err)
		}
	}
	if _, err := r.Ref(ctx, "refs/heads/none"); !errors.Is(err, bare.ErrNotFound) {
		t.Errorf("a ref that does not exist: %v", err)
	}
}

func TestDiffFindsEveryKindOfChange(t *testing.T) {
	r := newRepo(t)
	long := "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
	from := commit(t, r, "", "from", map[string]string{"edit": "1\n2\n", "gone": "x\n", "old name": long, "binary": "\x00\x01"})
	to := commit(t, r, from, "to", map[string]string{"edit": "1\n3\ndiff --git a b\n", "gone": "", "old name": "", "dir/new name": long + "eight\n", "made": "y\n", "binary": "\x00\x02"})
	files, err := r.Diff(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		status     byte
		adds, dels int
		old, patch string
	}{
		"binary":       {'M', 0, 0, "", ""},
		"dir/new name": {'R', 1, 0, "old name", "@@ -5,3 +5,4 @@ four\n five\n six\n seven\n+eight"},
		"edit":         {'M', 2, 1, "", "@@ -1,2 +1,3 @@\n 1\n-2\n+3\n+diff --git a b"},
		"gone":         {'D', 0, 1, "", "@@ -1 +0,0 @@\n-x"},
		"made":         {'A', 1, 0, "", "@@ -0,0 +1 @@\n+y"},
	}
	if len(files) != len(want) {
		t.Errorf("%d files, want %d: %+v", len(files), len(want), files)
	}
	for _, f := range files {
		w := want[f.Path]
		if f.Status != w.status || f.Additions != w.adds || f.Deletions != w.dels || f.OldPath != w.old || f.Patch != w.patch {
			t.Errorf("%s: %+v, want %+v", f.Path, f, w)
		}
	}
}

func TestMergeAndRebase(t *testing.T) {
	r := newRepo(t)
	ctx := t.Context()
	root := commit(t, r, "", "root", map[string]string{"a": "1\n2\n3\n4\n5\n", "b": "1\n"})
	ours := commit(t, r, root, "ours", map[string]string{"a": "1\n2\n3\n4\n6\n"})
	theirs := commit(t, r, commit(t, r, root, "one", map[string]string{"a": "0\n2\n3\n4\n5\n"}), "two", map[string]string{"b": "2\n"})
	tree, err := r.MergeTrees(ctx, ours, theirs)
	if err != nil {
		t.Fatal(err)
	}
	rebased, err := r.Rebase(ctx, ours, theirs, person("merger"))
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]string{"merged": tree, "rebased": rebased} {
		if got, err := r.File(ctx, at, "a"); err != nil || string(got) != "0\n2\n3\n4\n6\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	shas, err := r.Log(ctx, []string{rebased}, bare.LogOptions{Not: []string{ours}, Reverse: true})
	if err != nil || len(shas) != 2 {
		t.Fatalf("rebased commits %v, %v", shas, err)
	}
	if g, err := r.ReadCommit(ctx, shas[0]); err != nil || g.Message != "one" || g.Author.Name != "author" || g.Committer.Name != "merger" {
		t.Errorf("rebased %+v, %v", g, err)
	}
	conflict := commit(t, r, root, "conflict", map[string]string{"a": "1\n2\n3\n4\n7\n"})
	if _, err := r.MergeTrees(ctx, ours, conflict); !errors.Is(err, bare.ErrConflict) {
		t.Errorf("merging a conflict: %v", err)
	}
	if _, err := r.Rebase(ctx, ours, conflict, person("merger")); !errors.Is(err, bare.ErrConflict) {
		t.Errorf("rebasing a conflict: %v", err)
	}
}

func TestWriteTreeReplacesFolders(t *testing.T) {
	r := newRepo(t)
	ctx := t.Context()
	base := commit(t, r, "", "base", map[string]string{"dir/a": "1", "dir/b": "2", "keep": "3"})
	other := commit(t, r, "", "other", map[string]string{"c": "4"})
	g, err := r.ReadCommit(ctx, other)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := r.WriteTree(ctx, base, []bare.Change{{Path: "dir", Mode: "040000", SHA: g.Tree}})
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(ctx, t, r, tree); got != "dir dir/c keep " {
		t.Errorf("the tree has %s", got)
	}
	if tree, err = r.WriteTree(ctx, tree, []bare.Change{{Path: "dir", Mode: "040000"}}); err != nil {
		t.Fatal(err)
	}
	if got := paths(ctx, t, r, tree); got != "keep " {
		t.Errorf("the tree has %s", got)
	}
}

func paths(ctx context.Context, t *testing.T, r *bare.Repo, tree string) string {
	t.Helper()
	entries, err := r.Tree(ctx, tree, true)
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for _, e := range entries {
		out += e.Path + " "
	}
	return out
}
