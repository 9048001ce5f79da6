// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// looseObjects are the files of a repository's objects, none of them packed.
func looseObjects(t *testing.T, dir string) []string {
	t.Helper()
	packs, err := filepath.Glob(filepath.Join(dir, "objects", "pack", "*.pack"))
	if err != nil || len(packs) > 0 {
		t.Fatalf("objects are packed: %v, %v", packs, err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "objects", "??", "*"))
	if err != nil || len(names) < 10 {
		t.Fatalf("%d objects, %v", len(names), err)
	}
	return names
}

// Any object of the repository may be gone, cut short, or another under a wrong
// name, on the server and in a clone.
func TestADamagedRepositoryNeverMakesAnEmptyAnswer(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "r")
	newRepo(t, dir, twoServices())
	s := serve(t, root)
	objects := looseObjects(t, dir)
	v := verdicts{}
	for i, file := range objects {
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		other, err := os.ReadFile(objects[(i+1)%len(objects)])
		if err != nil {
			t.Fatal(err)
		}
		for name, damage := range map[string]func() error{
			"is gone":      func() error { return os.Remove(file) },
			"is cut short": func() error { return os.WriteFile(file, whole[:len(whole)/2], 0o600) },
			"is empty":     func() error { return os.WriteFile(file, nil, 0o600) },
			"is another":   func() error { return os.WriteFile(file, other, 0o600) },
		} {
			if err := os.Chmod(file, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := damage(); err != nil {
				t.Fatal(err)
			}
			for _, from := range []string{"--url=" + s.URL + "/r", "--source=" + dir} {
				v.ask(t, fmt.Sprintf("%s %s in %s", kindOf(t, whole), name, from), from, "--revision=main", "--base=main~1")
			}
			if err := os.WriteFile(file, whole, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	v.want(t, "right", "all", "none")
}

// kindOf is the first line of a loose object: its kind and size.
func kindOf(t *testing.T, file []byte) string {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := bytes.Cut(data, []byte{0})
	return string(head)
}

// A tree that no git writes, in the revision or in the base, at the root or below.
func TestACorruptTreeNeverMakesAnEmptyAnswer(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "r")
	newRepo(t, dir, twoServices())
	s := serve(t, root)
	id := strings.Repeat("\x11", 20)
	item := func(mode, name string) string { return mode + " " + name + "\x00" + id }
	v := verdicts{}
	for name, content := range map[string]string{
		"cut short":        item("100644", "x")[:25],
		"without a name":   item("100644", ""),
		"a slash in it":    item("100644", "x/y"),
		"the folder above": item("40000", ".."),
		"no mode":          item("", "x"),
		"a mode of words":  item("rw-r--r--", "x"),
		"text":             "this is no tree",
		"a name twice":     item("100644", "sub") + item("100644", "sub"),
		"a name and again": item("100644", "x") + item("40000", "sub") + item("100644", "x"),
	} {
		bad := strings.TrimSpace(gitOutput(t, dir, content, "hash-object", "-t", "tree", "--literally", "-w", "--stdin"))
		below := mktree(t, dir, "main", "ms/a", bad)
		for place, broken := range map[string]string{"as the root": bad, "as ms/a": below} {
			commit := strings.TrimSpace(gitOutput(t, dir, "", "-c", "user.name=c", "-c", "user.email=c@example.com", "commit-tree", "-m", "x", broken))
			gitOutput(t, dir, "", "update-ref", "refs/heads/bad", commit)
			for _, from := range []string{"--url=" + s.URL + "/r", "--source=" + dir} {
				what := fmt.Sprintf("a tree %s, %s", name, place)
				v.ask(t, what+", in the base", from, "--revision=main", "--base=bad")
				rep, log, code := answer(t, from, "--revision=bad", "--base=main")
				if code == 0 && !rep.All || code != 0 && log == "" {
					t.Errorf("%s, in the revision, from %s: %+v, code %d, %s", what, from, rep, code, log)
				}
			}
		}
	}
	v.want(t, "all")
	if v["right"]+v["none"] > 0 {
		t.Errorf("a corrupt base leaves nothing to compare with: %v", v)
	}
}

// mktree is the root tree of a revision with another tree in one place.
func mktree(t *testing.T, dir, rev, path, id string) string {
	t.Helper()
	parent, name := filepath.Split(path)
	list := gitOutput(t, dir, "", "ls-tree", rev+":"+strings.TrimSuffix(parent, "/"))
	var lines []string
	for line := range strings.Lines(list) {
		if fields := strings.Fields(line); fields[3] == name {
			line = fmt.Sprintf("040000 tree %s\t%s\n", id, name)
		}
		lines = append(lines, line)
	}
	made := strings.TrimSpace(gitOutput(t, dir, strings.Join(lines, ""), "mktree", "--missing"))
	if parent == "" {
		return made
	}
	return mktree(t, dir, rev, strings.TrimSuffix(parent, "/"), made)
}

// The commit before the push was collected as garbage, after a forced push.
func TestAGarbageCollectedBaseAffectsAll(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "r")
	newRepo(t, dir, twoServices())
	s := serve(t, root)
	before := strings.TrimSpace(gitOutput(t, dir, "", "-c", "user.name=c", "-c", "user.email=c@example.com", "commit-tree", "-m", "gone", "-p", "main", "main^{tree}"))
	for _, from := range []string{"--url=" + s.URL + "/r", "--source=" + dir} {
		args := []string{from, "--revision=main", "--before=" + before, "--branch=refs/heads/main"}
		if rep, log, code := answer(t, args...); code != 0 || rep.All || rep.Any || rep.Base != before {
			t.Fatalf("before it is collected: %+v, code %d, %s", rep, code, log)
		}
	}
	gitOutput(t, dir, "", "gc", "-q", "--prune=now")
	v := verdicts{}
	for _, from := range []string{"--url=" + s.URL + "/r", "--source=" + dir} {
		v.ask(t, "a base that is gone", from, "--revision=main", "--before="+before, "--branch=refs/heads/main")
	}
	if v["all"] != 2 {
		t.Errorf("want all and the reason: %v", v)
	}
}
