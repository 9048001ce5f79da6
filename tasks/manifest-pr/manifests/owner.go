// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"io/fs"
	"os"
	"syscall"
)

// alike gives a file the mode of another, and its owner where that is allowed: a
// step that runs as root must not take a workspace away from the others.
func alike(file *os.File, other fs.FileInfo) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	own, ok := info.Sys().(*syscall.Stat_t)
	want, ok2 := other.Sys().(*syscall.Stat_t)
	if ok && ok2 && (own.Uid != want.Uid || own.Gid != want.Gid) {
		_ = file.Chown(int(want.Uid), int(want.Gid)) // only root may give files away
	}
	const kept = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	if info.Mode()&kept == other.Mode()&kept {
		return nil
	}
	return file.Chmod(other.Mode() & kept)
}

// identity tells files apart that have several names, by a link to a folder or
// to the file itself.
type identity struct{ device, node uint64 }

func identityOf(info fs.FileInfo) identity {
	stat, _ := info.Sys().(*syscall.Stat_t)
	return identity{uint64(stat.Dev), stat.Ino} //nolint:unconvert // of another type on other systems
}
