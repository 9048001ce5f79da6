// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What lies in a folder becomes one user's, links included; what these lead to
// stays as it was.
func TestOwn(t *testing.T) {
	uid, gid, other := os.Getuid(), os.Getgid(), os.Getuid()
	if uid == 0 {
		other = 65532
	}
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside")
	write(t, outside, "")
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "sub", "file"), "")
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	paths := []string{dir, filepath.Join(dir, "sub"), filepath.Join(dir, "sub", "file"), filepath.Join(dir, "link")}
	for _, path := range append(paths, outside) {
		if err := os.Lchown(path, other, gid); err != nil {
			t.Fatal(err)
		}
	}
	if err := own(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if got := ownerOf(t, path); got != uid {
			t.Errorf("%s is user %d's, want %d", path, got, uid)
		}
	}
	if got := ownerOf(t, outside); got != other {
		t.Errorf("%s is user %d's, want %d", outside, got, other)
	}
	if err := own(filepath.Join(dir, "none"), uid, gid); err == nil {
		t.Error("a folder that is not there was given away")
	}
}

func ownerOf(t *testing.T, path string) int {
	t.Helper()
	var info fs.FileInfo
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}
