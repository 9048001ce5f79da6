// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// disk does the single steps of a write. The crash test stops at each of them.
type disk interface {
	// create writes a new file, readable by root alone.
	create(name string, text []byte) error
	// like gives a file the mode, owner and extended attributes of another.
	like(name, model string) error
	chmod(name string, mode os.FileMode) error
	// sync flushes a file or a folder.
	sync(name string) error
	rename(from, to string) error
	// exchange makes each name mean what the other meant.
	exchange(a, b string) error
	// install renames a file to a name that is free; fs.ErrExist if it is not.
	install(from, to string) error
	// overwrite writes over a file's start.
	overwrite(name string, text []byte) error
	truncate(name string, size int64) error
	// remove removes a file that may be missing.
	remove(name string) error
	mkdir(name string) error
	// rmdir removes an empty folder.
	rmdir(name string) error
}

// system is the real disk.
type system struct{}

func (system) chmod(name string, mode os.FileMode) error { return os.Chmod(name, mode) }
func (system) rename(from, to string) error              { return os.Rename(from, to) }
func (system) truncate(name string, n int64) error       { return os.Truncate(name, n) }
func (system) exchange(a, b string) error                { return rename2(a, b, unix.RENAME_EXCHANGE) }
func (system) install(from, to string) error             { return rename2(from, to, unix.RENAME_NOREPLACE) }

// create does not follow a link that someone put there.
func (d system) create(name string, text []byte) error {
	if err := d.remove(name); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

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
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err = reserve(f, len(text)); err == nil {
		_, err = f.WriteAt(text, 0)
	}
	return errors.Join(err, f.Close())
}

// reserve makes sure that a disk which is full says so before anything is
// written over. Where a file system cannot tell, the journal must do.
func reserve(f *os.File, size int) error {
	if size == 0 {
		return nil
	}
	err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, int64(size))
	if err == nil || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return nil
	}
	return &os.PathError{Op: "fallocate", Path: f.Name(), Err: err}
}

// mkdir makes a folder that all may read, whatever the umask says.
func (system) mkdir(name string) error {
	if err := os.Mkdir(name, 0o755); err != nil { //nolint:gosec // the node's programs read it
		return err
	}
	return os.Chmod(name, 0o755) //nolint:gosec // the node's programs read it
}

func (system) rmdir(name string) error {
	if err := unix.Rmdir(name); err != nil {
		return &os.PathError{Op: "rmdir", Path: name, Err: err}
	}
	return nil
}

func rename2(from, to string, flags uint) error {
	if err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, flags); err != nil {
		return &os.LinkError{Op: "renameat2", Old: from, New: to, Err: err}
	}
	return nil
}
