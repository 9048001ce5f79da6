// SPDX-License-Identifier: Apache-2.0

package bare_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// Trees that are written and listed here are those of git, whatever the names are.
func TestTreesAreThoseOfGit(t *testing.T) {
	r, ctx := newRepo(t), t.Context()
	git := func(args ...string) string {
		out, err := exec.CommandContext(ctx, "git", append([]string{"--git-dir=" + r.Dir}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	one := commit(t, r, "", "one", map[string]string{"a/b/c": "1", "a.b": "2", "a-b": "3", "a/b.c": "4", "a/b-c/d": "5", "ä": "6", "z/y": "7"})
	two := commit(t, r, one, "two", map[string]string{"a/b/c": "", "z/y": "", "a/b/e": "8"})
	module := bare.Change{Path: "sub", Mode: "160000", SHA: one}
	tree, err := r.WriteTree(ctx, two, []bare.Change{module})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{one, two, tree} {
		want, got := git("-c", "core.quotePath=false", "ls-tree", "-r", "-t", "--long", at), ""
		entries, err := r.Tree(ctx, at, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			size := "-"
			if e.Size >= 0 {
				size = fmt.Sprint(e.Size)
			}
			got += fmt.Sprintf("%s %s %s %7s\t%s\n", e.Mode, e.Kind, e.SHA, size, e.Path)
		}
		if got != want {
			t.Errorf("%s lists\n%s\nand git\n%s", at, got, want)
		}
	}
	if out := git("fsck", "--strict", "--no-dangling"); strings.Contains(out, "error") {
		t.Error(out)
	}
	for name, c := range map[string]bare.Change{
		"below a file": {Path: "a.b/x", Mode: "100644", SHA: module.SHA}, "a file for a folder": {Path: "a", Mode: "100644", SHA: module.SHA},
	} {
		if _, err := r.WriteTree(ctx, one, []bare.Change{c}); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	if gone, err := r.WriteTree(ctx, "", nil); gone != bare.EmptyTree || err != nil {
		t.Errorf("the empty tree is %s, %v", gone, err)
	}
}
