// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"
)

// Write replaces the text before, which was read, by the text after. It is
// ErrChanged where the file no longer holds before; the caller then reads and
// merges again. Equal texts write nothing.
//
// A nil text is no file. A file that was not there is made, readable by all,
// with the folders that it needs; one that was made so is removed, with those
// folders that are empty then, when after is empty or nil.
func (f *File) Write(before, after []byte) error {
	if err := f.write(before, after); err != nil {
		return explain(fmt.Errorf("writing the node's %s: %w", f.node, err))
	}
	return nil
}

func (f *File) write(before, after []byte) error {
	j, broken, err := f.etc.load()
	if err != nil {
		return err
	}
	made := j.made(f.node)
	switch {
	case broken: // by this process, which the node refused to end it
		if _, err := f.etc.recover(f.disk); err != nil {
			return err
		}
		return ErrChanged
	case len(after) == 0 && (made || after == nil && before != nil):
		return f.remove(j, before)
	case bytes.Equal(before, after):
		return nil
	case before == nil:
		return f.make(j, after)
	}
	if f.node != f.asked && !made {
		j.led(f.node, f.asked)
	}
	j.Doing = &write{Path: f.node, Before: before, After: after}
	links, err := hardLinks(f.local)
	if err != nil {
		return err
	}
	if links == 1 {
		err = f.replace(j)
	}
	if links > 1 || errors.Is(err, syscall.EBUSY) {
		j.Doing.InPlace = true
		err = f.writeInPlace(j)
	}
	return err
}

// remove removes the file; an empty one, which others made of it, stays.
func (f *File) remove(j journal, before []byte) error {
	if len(before) > 0 {
		if err := f.unlink(before); err != nil {
			return err
		}
	}
	return f.forget(j)
}

func (f *File) unlink(before []byte) (err error) {
	l, err := takeLease(f.local)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.end()) }()
	if err := f.unchanged(before); err != nil {
		return err
	}
	if l.wanted() {
		return ErrChanged
	}
	if err := f.disk.remove(f.local); err != nil {
		return err
	}
	return f.disk.sync(filepath.Dir(f.local))
}

// make makes the file and the folders that it needs. Half of it is undone by
// forgetting what is not there.
func (f *File) make(j journal, text []byte) error {
	folders, err := f.etc.missing(f.node)
	if err != nil {
		return err
	}
	if !j.made(f.node) {
		j.Made = append(j.Made, f.node)
	}
	for _, dir := range folders {
		if !slices.Contains(j.Folders, dir) {
			j.Folders = append(j.Folders, dir)
		}
	}
	j.Doing = &write{Path: f.node, After: text}
	if err := f.etc.store(j, f.disk); err != nil {
		return err
	}
	fresh := freshName(f.local)
	err = f.etc.makeFolders(folders, f.disk)
	if err == nil {
		err = f.disk.create(fresh, text)
	}
	if err == nil {
		err = f.disk.chmod(fresh, 0o644)
	}
	if err == nil {
		err = f.disk.sync(fresh)
	}
	if err == nil {
		err = f.disk.install(fresh, f.local)
	}
	if errors.Is(err, fs.ErrExist) {
		err = ErrChanged
	}
	if err != nil {
		if left := f.disk.remove(fresh); left != nil {
			return errors.Join(err, left) // the journal stays, to remove it later
		}
		return errors.Join(err, f.forget(j))
	}
	return errors.Join(f.disk.sync(filepath.Dir(f.local)), f.etc.done(j, f.disk))
}

// forget takes the file off the journal, unless a folder cannot be removed yet.
func (f *File) forget(j journal) error {
	rest := j
	rest.Made = slices.DeleteFunc(slices.Clone(j.Made), func(made string) bool { return made == f.node })
	rest, err := f.etc.prune(rest, f.disk)
	if err != nil {
		rest = j
	}
	return errors.Join(err, f.etc.done(rest, f.disk))
}

// replace exchanges a new file for the old one. It is EBUSY, and nothing else,
// where it cannot be because the file is a mount point.
func (f *File) replace(j journal) error {
	if err := f.etc.store(j, f.disk); err != nil {
		return err
	}
	fresh := freshName(f.local)
	err := f.prepare(fresh, j.Doing.After)
	if err == nil {
		err = f.swap(fresh, *j.Doing)
	}
	if err == nil {
		err = f.disk.sync(filepath.Dir(f.local))
	}
	if left := f.disk.remove(fresh); left != nil {
		return left // the journal stays, to remove it later
	}
	if left := f.etc.done(j, f.disk); left != nil {
		return left
	}
	return err
}

// swap puts the fresh file in the old one's place, if that holds what it did.
// Where others wrote in that very moment, or wait to, theirs is put back.
func (f *File) swap(fresh string, w write) (err error) {
	l, err := takeLease(f.local)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.end()) }()
	if err := f.unchanged(w.Before); err != nil {
		return err
	}
	err = f.disk.exchange(fresh, f.local)
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSYS) {
		return f.disk.rename(fresh, f.local) // this file system cannot exchange
	} else if err != nil {
		return err
	}
	old, err := read(fresh)
	if err != nil || bytes.Equal(old, w.Before) && !l.wanted() {
		return err
	}
	if err := f.disk.exchange(fresh, f.local); err != nil {
		return err
	}
	if old, err = read(fresh); err == nil && !bytes.Equal(old, w.After) {
		err = f.disk.exchange(fresh, f.local) // they wrote once more, which is the newest
	}
	return errors.Join(ErrChanged, err)
}

func (f *File) prepare(fresh string, text []byte) error {
	if err := f.disk.create(fresh, text); err != nil {
		return err
	}
	if err := f.disk.like(fresh, f.local); err != nil {
		return err
	}
	return f.disk.sync(fresh)
}
