// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/adze-ci/adze/internal/gitx"
)

func TestCheckRefusesPathsThatNoHonestTreeHas(t *testing.T) {
	file := gitx.Entry{Mode: gitx.File}
	for _, c := range []struct {
		name  string
		files map[string]gitx.Entry
		bad   bool
	}{
		{"plain", map[string]gitx.Entry{"a/b": file, "a/.gitignore": file, "a/..b": file}, false},
		{"dots", map[string]gitx.Entry{"a/../../b": file}, true},
		{"dot", map[string]gitx.Entry{"a/./b": file}, true},
		{"absolute", map[string]gitx.Entry{"/etc/passwd": file}, true},
		{"git folder", map[string]gitx.Entry{"a/.git/config": file}, true},
		{"git folder, other case", map[string]gitx.Entry{".GIT/config": file}, true},
		{"zero byte", map[string]gitx.Entry{"a\x00b": file}, true},
		{"below a symlink", map[string]gitx.Entry{"a": {Mode: gitx.Symlink}, "a/b/c": file}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := check(slices.Sorted(maps.Keys(c.files)), c.files)
			if c.bad != errors.Is(err, gitx.ErrCorrupt) || !c.bad && err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Even past the check nothing is written outside of the folder.
func TestTheWriterStaysInItsFolder(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o750); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(out)
	if err != nil {
		t.Fatal(err)
	}
	w := writer{root: root}
	if err := w.put("up", gitx.Symlink, []byte("..")); err != nil {
		t.Fatal(err)
	}
	if err := w.put("up/escaped", gitx.File, []byte("x")); err == nil {
		t.Error("a symlink was followed out of the folder")
	}
	if err := w.put("up", gitx.File, []byte("x")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a symlink was written through: %v", err)
	}
	if err := w.put("a/b", gitx.Exec, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := w.undo(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(out)
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "escaped")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("outside: %v", err)
	}
}
