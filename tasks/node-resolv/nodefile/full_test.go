// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/apart"
)

// small mounts a file system with room for a few pages at a folder.
func small(t *testing.T, dir string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(dir, 0o755), unix.Mount("small", dir, "tmpfs", 0, "size=64k,mode=755")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }) // the process ends
}

// fill leaves no room in a folder's file system; its result makes room again.
func fill(t *testing.T, dir string) (room func()) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	for page := make([]byte, os.Getpagesize()); err == nil; {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// longer is a text that needs pages which the one before it has not.
func longer(before []byte) []byte {
	return append(bytes.Repeat([]byte("# ours\n"), os.Getpagesize()/2), before...)
}

// On a full disk the file stays as it was, and nothing is left beside it; with
// room again it is written.
func TestFullDisk(t *testing.T) {
	apart.Run(t, func(t *testing.T) {
		etc := Etc{Dir: filepath.Join(t.TempDir(), "etc")}
		small(t, etc.Dir)
		mustWriteFile(t, etc.Local("/etc/resolv.conf"), "old\n")
		room := fill(t, etc.Dir)
		wantFull(t, etc, "/etc/resolv.conf", []byte("old\n"), longer([]byte("old\n")))
		wantFull(t, etc, toml, nil, longer(nil))
		only(t, etc, "etc/resolv.conf", "etc/filler")
		room()
		settle(t, etc, "/etc/resolv.conf", longer([]byte("old\n")))
		only(t, etc, "etc/resolv.conf")
	})
}

// A mount point's own disk may be full while the journal's is not: it is not
// written over by half, not even for a moment.
func TestFullDiskOfMount(t *testing.T) {
	apart.Run(t, func(t *testing.T) {
		etc := node(t, map[string]string{"etc/resolv.conf": ""})
		disk := filepath.Join(t.TempDir(), "disk")
		small(t, disk)
		mustWriteFile(t, filepath.Join(disk, "resolv.conf"), "old\n")
		name := etc.Local("/etc/resolv.conf")
		if err := unix.Mount(filepath.Join(disk, "resolv.conf"), name, "", unix.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Unmount(name, unix.MNT_DETACH) }) // the process ends
		room := fill(t, disk)
		var before, after unix.Stat_t
		if err := unix.Stat(name, &before); err != nil {
			t.Fatal(err)
		}
		wantFull(t, etc, "/etc/resolv.conf", []byte("old\n"), longer([]byte("old\n")))
		if err := unix.Stat(name, &after); err != nil || before.Mtim != after.Mtim {
			t.Errorf("it was written to: %v", err)
		}
		only(t, etc, "etc/resolv.conf")
		room()
		settle(t, etc, "/etc/resolv.conf", longer([]byte("old\n")))
	})
}

// wantFull wants a write to be refused for want of room, with a way out, and
// the file to be what it was.
func wantFull(t *testing.T, etc Etc, path string, before, after []byte) {
	t.Helper()
	err := change(t, etc, path, system{}, before, after)
	if !errors.Is(err, syscall.ENOSPC) || len(step.Hints(err)) == 0 {
		t.Errorf("%s: %v, hints %q", path, err, step.Hints(err))
	}
	now, err := read(etc.Local(path))
	if err != nil || !bytes.Equal(now, before) || (now == nil) != (before == nil) {
		t.Errorf("%s: it holds %q, %v", path, now, err)
	}
}

func mustWriteFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
