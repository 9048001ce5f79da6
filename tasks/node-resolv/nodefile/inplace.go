// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// writeInPlace overwrites the file itself; the journal has both texts meanwhile.
func (f *File) writeInPlace(j journal) error {
	if err := f.etc.store(j, f.disk); err != nil {
		return err
	}
	l, err := takeLease(f.local)
	if err == nil {
		err = errors.Join(f.unchanged(j.Doing.Before), l.end()) // our own writing would wait for it
	}
	if err == nil {
		err = overwrite(f.local, j.Doing.Before, j.Doing.After, f.disk)
	}
	if err != nil && !errors.Is(err, ErrChanged) {
		_, left := f.etc.recover(f.disk) // half of it may be done; where that stays so, the journal does
		return errors.Join(err, left)
	}
	return errors.Join(err, f.etc.done(j, f.disk))
}

// overwrite writes a text over another. A shorter one is padded with empty
// lines until the file is cut, so that a reader in between sees no rest of an
// old line.
func overwrite(name string, before, after []byte, d disk) error {
	padded := append(bytes.Clone(after), bytes.Repeat([]byte("\n"), max(0, len(before)-len(after)))...)
	if err := d.overwrite(name, padded); err != nil {
		return err
	}
	if err := d.sync(name); err != nil {
		return err
	}
	if len(padded) == len(after) {
		return nil
	}
	if err := d.truncate(name, int64(len(after))); err != nil {
		return err
	}
	return d.sync(name)
}

func (f *File) unchanged(before []byte) error {
	now, err := read(f.local)
	if err != nil {
		return err
	}
	if (now == nil) != (before == nil) || !bytes.Equal(now, before) {
		return ErrChanged
	}
	return nil
}

// freshName is where a file is prepared that will take the place of another.
func freshName(local string) string {
	return filepath.Join(filepath.Dir(local), OwnPrefix+"new-"+filepath.Base(local))
}

func hardLinks(name string) (uint64, error) {
	info, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return 0, ErrChanged
	} else if err != nil {
		return 0, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("looking at %s: its hard links are not known", name)
	}
	return uint64(st.Nlink), nil //nolint:unconvert // 32 bits on arm64
}
