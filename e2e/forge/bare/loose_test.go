// SPDX-License-Identifier: Apache-2.0

package bare_test

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// What is read from files is what git says, and is found once git packed it too.
func TestFilesAndPacksSayTheSame(t *testing.T) {
	r, ctx := newRepo(t), t.Context()
	first := commit(t, r, "", "one", map[string]string{"a": "1"})
	second := commit(t, r, first, "two", map[string]string{"a": "2"})
	for name, sha := range map[string]string{"refs/heads/main": second, "refs/heads/adze/user": first, "refs/tags/v1": first} {
		if err := r.UpdateRefs(ctx, bare.RefUpdate{Name: name, Old: bare.Zero, New: sha}); err != nil {
			t.Fatal(err)
		}
	}
	look := func() string {
		text := ""
		for _, prefix := range []string{"", "refs/heads/", "refs/heads/adze", "refs/heads/main", "refs/heads/main/x", "refs/none", "refs/../objects"} {
			refs, err := r.Refs(ctx, prefix)
			text += fmt.Sprintln(prefix, refs, err)
		}
		for _, rev := range []string{"main", "adze/user", "v1", "refs/heads/main", first, first[:10], "main~1", "none", "HEAD", bare.Zero, ""} {
			sha, err := r.Commit(ctx, rev)
			text += fmt.Sprintln(rev, sha, err != nil)
		}
		for _, sha := range []string{first, bare.EmptyTree, bare.Zero, "x"} {
			kind, err := r.Kind(ctx, sha)
			o, err2 := r.Read(ctx, sha)
			text += fmt.Sprintln(kind, err != nil, o.Kind, string(o.Data), err2 != nil)
		}
		return text
	}
	loose := look()
	for _, args := range [][]string{{"pack-refs", "--all"}, {"gc", "--quiet"}} {
		if out, err := exec.CommandContext(ctx, "git", append([]string{"--git-dir=" + r.Dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if packed := look(); packed != loose {
			t.Errorf("after git %s:\n%s\nbefore:\n%s", args[0], packed, loose)
		}
	}
}

// A blob that is written to a file is the one that git would write.
func TestBlobsAreThoseOfGit(t *testing.T) {
	r, ctx := newRepo(t), t.Context()
	for _, text := range []string{"", "a\n", "\x00\xff"} {
		sha, err := r.Write(ctx, "blob", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := r.Write(ctx, "blob", []byte(text)); again != sha || err != nil {
			t.Errorf("again it is %s, %v", again, err)
		}
		got, err := exec.CommandContext(ctx, "git", "--git-dir="+r.Dir, "cat-file", "blob", sha).Output()
		if err != nil || string(got) != text {
			t.Errorf("git reads %q of %q: %v", got, text, err)
		}
	}
	if out, err := exec.CommandContext(ctx, "git", "--git-dir="+r.Dir, "fsck", "--strict").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
