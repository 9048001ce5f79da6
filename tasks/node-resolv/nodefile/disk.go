// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// disk does the single steps of a write. The crash test stops at each of them.
type disk interface {
	// create writes a new file, readable by root alone.
	create(name string, text []byte) error
	// like gives a file the mode, owner and extended attributes of another.
	like(name, model string) error
	// sync flushes a file or a folder.
	sync(name string) error
	rename(from, to string) error
	// overwrite writes over a file's start.
	overwrite(name string, text []byte) error
	truncate(name string, size int64) error
	// remove removes a file that may be missing.
	remove(name string) error
}

// system is the real disk.
type system struct{}

func (system) create(name string, text []byte) error { return os.WriteFile(name, text, 0o600) }
func (system) rename(from, to string) error          { return os.Rename(from, to) }
func (system) truncate(name string, n int64) error   { return os.Truncate(name, n) }

func (system) remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (system) sync(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (system) overwrite(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0) //nolint:gosec // the name is made from --etc-dir
	if err != nil {
		return err
	}
	_, err = f.WriteAt(text, 0)
	return errors.Join(err, f.Close())
}

func (system) like(name, model string) error {
	var st unix.Stat_t
	if err := unix.Stat(model, &st); err != nil {
		return fmt.Errorf("looking at %s: %w", model, err)
	}
	if int(st.Uid) != os.Getuid() || int(st.Gid) != os.Getgid() {
		if err := os.Chown(name, int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	if err := unix.Chmod(name, st.Mode&0o7777); err != nil {
		return fmt.Errorf("setting the mode of %s: %w", name, err)
	}
	return copyAttributes(name, model)
}

// copyAttributes carries over the extended attributes, among them the
// SELinux label and the ACL.
func copyAttributes(name, model string) error {
	names := make([]byte, 4096)
	n, err := unix.Llistxattr(model, names)
	if errors.Is(err, unix.ENOTSUP) {
		return nil
	} else if err != nil {
		return fmt.Errorf("listing the attributes of %s: %w", model, err)
	}
	for _, attr := range splitNames(names[:n]) {
		value := make([]byte, 64<<10)
		n, err := unix.Lgetxattr(model, attr, value)
		if err != nil {
			return fmt.Errorf("reading %s of %s: %w", attr, model, err)
		}
		if err := unix.Lsetxattr(name, attr, value[:n], 0); err != nil {
			return fmt.Errorf("setting %s of %s: %w", attr, name, err)
		}
	}
	return nil
}

// splitNames splits a list of names that each end in a zero byte.
func splitNames(list []byte) []string {
	var names []string
	for start, i := 0, 0; i < len(list); i++ {
		if list[i] == 0 {
			names = append(names, string(list[start:i]))
			start = i + 1
		}
	}
	return names
}
