// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"strconv"
)

// Write writes edited files to where they were read: all of them, or none. Each
// appears whole, in place of the file that was there, with its mode and owner. A file
// that is no longer what was read is an error.
//
// Only a process that is killed amid the last step leaves some files written;
// the next run writes the others.
func (f *Folder) Write(files []Edited) error {
	staged, err := f.stage(files)
	if err == nil {
		err = f.commit(staged)
	}
	for _, s := range staged {
		if !s.placed {
			_ = f.root.Remove(s.beside(s.next)) // may not have come to be
		}
	}
	return err
}

// staged is an edited file whose new content lies beside it.
type staged struct {
	*Edited
	next   string   // the new content's name
	was    identity // the file that is there
	placed bool     // the new content is where it belongs
}

// beside is the path of a name beside the file.
func (s staged) beside(name string) string { return path.Join(path.Dir(s.Path), name) }

// stage writes all new contents beside the files.
func (f *Folder) stage(files []Edited) ([]*staged, error) {
	var all []*staged
	names := map[identity]string{}
	for i := range files {
		s := &staged{Edited: &files[i]}
		all = append(all, s)
		s.next = "." + path.Base(s.Path) + ".adze-" + strconv.FormatUint(rand.Uint64(), 36) //nolint:gosec // a name is no secret
		if err := f.prepare(s, s.Before, s.After); err != nil {
			return all, fmt.Errorf("writing %s: %w", s.Path, err)
		}
		if other, twice := names[s.was]; twice {
			return all, fmt.Errorf("writing %s: %s is the same file; name one of them", s.Path, other)
		}
		names[s.was] = s.Path
	}
	return all, nil
}

// errOther says that a file is not what it was.
var errOther = errors.New("another process wrote it since it was read")

// prepare writes a content beside a file, which must hold another until now.
func (f *Folder) prepare(s *staged, now, next []byte) error {
	near, name, err := f.at(s.Path)
	if err != nil {
		return err
	}
	if info, err := near.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, errOther)
	}
	old, err := near.Open(name)
	if err != nil {
		return err
	}
	defer old.Close() //nolint:errcheck // it is only read
	info, err := old.Stat()
	if err != nil {
		return err
	}
	s.was = identityOf(info)
	if content, err := io.ReadAll(old); err != nil || !bytes.Equal(content, now) {
		return errors.Join(err, errOther)
	}
	out, err := near.OpenFile(s.next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = out.Write(next)
	return errors.Join(err, alike(out, info), out.Close())
}

// commit puts all new contents in place. Where one cannot be, those before it
// get back what they were.
func (f *Folder) commit(all []*staged) error {
	for i, s := range all {
		err := f.place(s)
		if err == nil {
			continue
		}
		err = fmt.Errorf("writing %s: %w", s.Path, err)
		for _, done := range all[:i] {
			undo := f.prepare(done, done.After, done.Before)
			if undo == nil {
				undo = f.place(done)
			}
			if undo != nil {
				err = errors.Join(err, fmt.Errorf("putting %s back: %w", done.Path, undo))
			}
		}
		return err
	}
	return nil
}

// place puts one new content in place.
func (f *Folder) place(s *staged) error {
	near, name, err := f.at(s.Path)
	if err != nil {
		return err
	}
	if err := near.Rename(s.next, name); err != nil {
		s.placed = false
		return err
	}
	s.placed = true
	return nil
}
