// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What git says of each file's filter is what is read.
func TestAttributesAreReadAsGitDoes(t *testing.T) {
	dir := t.TempDir()
	texts := map[string][]byte{
		".gitattributes":     []byte("# *.txt filter=lfs\n*.bin filter=lfs diff=lfs -text\n/top.dat filter=lfs\ndata/** filter=lfs\n\"with blank.zip\" filter=lfs\n*.txt text\n"),
		"a/.gitattributes":   []byte("keep.bin -filter\n*.iso\tfilter=lfs\nb/x.raw filter=lfs\nother.bin !filter\nc.bin filter=crypt\n"),
		"a/b/.gitattributes": []byte("keep.bin filter=lfs\n"),
	}
	files := []string{
		"x.bin", "a/x.bin", "a/keep.bin", "a/b/keep.bin", "a/other.bin", "a/c.bin", "top.dat", "a/top.dat", "data/x", "data/y/z", "a/data/x",
		"with blank.zip", "a/with blank.zip", "x.txt", "x.iso", "a/x.iso", "a/b/x.iso", "a/b/x.raw", "a/x.raw", "x.raw",
	}
	git := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return string(out)
	}
	git("init", "-q")
	for name, text := range texts {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	words := strings.Split(git(slices.Concat([]string{"check-attr", "-z", "filter", "--"}, files)...), "\x00")
	as := readAttributes(texts)
	seen := 0
	for i := 0; i+2 < len(words); i += 3 {
		seen++
		if want := words[i+2] == "lfs"; as.has(words[i]) != want {
			t.Errorf("%s: git says %s", words[i], words[i+2])
		}
	}
	if seen != len(files) {
		t.Errorf("git told of %d files", seen)
	}
}
