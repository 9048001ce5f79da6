// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// edits plans the edit of all files of a folder.
func edits(t *testing.T, f *Folder) []Edited {
	t.Helper()
	plan, err := Edit(t.Context(), f, of("admin", ""))
	if err != nil {
		t.Fatal(err)
	}
	return plan.Files
}

// holds checks a folder's files, and that there are no others.
func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := want[e.Name()]; !ok && !e.IsDir() {
			t.Errorf("%s is left behind", e.Name())
		}
	}
	for name, text := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v; want %q", name, got, err, text)
		}
	}
}

var old = map[string]string{"a.yaml": "image: reg.example/admin:old", "b.yaml": "image: reg.example/admin:old # b\n", "c.yaml": "image: reg.example/admin:old # c\n"}

func TestWriteKeepsModesAndOwners(t *testing.T) {
	dir, f := folder(t, old)
	for name, mode := range map[string]os.FileMode{"a.yaml": 0o444, "b.yaml": 0o751} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	owner := os.Getuid()
	if os.Chown(filepath.Join(dir, "c.yaml"), 65532, -1) == nil {
		owner = 65532
	}
	if err := f.Write(edits(t, f)); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"a.yaml": 0o444, "b.yaml": 0o751, "c.yaml": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "c.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != owner {
		t.Errorf("c.yaml is owned by %+v, want %d", info.Sys(), owner)
	}
	holds(t, dir, map[string]string{"a.yaml": "image: reg.example/admin:new", "b.yaml": "image: reg.example/admin:new # b\n", "c.yaml": "image: reg.example/admin:new # c\n"})
}

// What someone wrote meanwhile is neither lost nor mixed with what was planned.
func TestWriteTakesNothingFromOthers(t *testing.T) {
	dir, f := folder(t, old)
	planned := edits(t, f)
	now := map[string]string{"a.yaml": old["a.yaml"], "b.yaml": old["b.yaml"], "c.yaml": "image: reg.example/admin:by-hand\n"}
	if err := os.WriteFile(filepath.Join(dir, "c.yaml"), []byte(now["c.yaml"]), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(planned); err == nil || err.Error() != "writing c.yaml: another process wrote it since it was read" {
		t.Error(err)
	}
	holds(t, dir, now)
	if err := os.Remove(filepath.Join(dir, "c.yaml")); err != nil {
		t.Fatal(err)
	}
	delete(now, "c.yaml")
	if err := f.Write(planned); err == nil || !strings.HasPrefix(err.Error(), "writing c.yaml: ") {
		t.Error(err)
	}
	holds(t, dir, now)
}

// A file that cannot be put in place takes those before it back.
func TestWriteTakesBackWhatCannotBeWhole(t *testing.T) {
	dir, f := folder(t, old)
	all, err := f.stage(edits(t, f))
	if err != nil {
		t.Fatal(err)
	}
	c := filepath.Join(dir, "c.yaml")
	if err := os.Remove(c); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(c, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.commit(all); err == nil || !strings.HasPrefix(err.Error(), "writing c.yaml: ") || strings.Contains(err.Error(), "back") {
		t.Error(err)
	}
	for _, name := range []string{"a.yaml", "b.yaml"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != old[name] {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
