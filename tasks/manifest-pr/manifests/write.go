// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
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
		_ = f.root.Remove(s.next) // gone where it was put in place
	}
	return err
}

// staged is an edited file whose new content lies beside it.
type staged struct {
	Edited
	next string
}

// stage writes all new contents beside the files.
func (f *Folder) stage(files []Edited) ([]staged, error) {
	var all []staged
	for _, e := range files {
		now, err := f.root.ReadFile(e.Path)
		if err != nil {
			return all, fmt.Errorf("writing %s: %w", e.Path, err)
		}
		if !bytes.Equal(now, e.Before) {
			return all, fmt.Errorf("writing %s: another process wrote it since it was read", e.Path)
		}
		s := staged{e, path.Join(path.Dir(e.Path), "."+path.Base(e.Path)+".adze-"+strconv.FormatUint(rand.Uint64(), 36))} //nolint:gosec // a name is no secret
		all = append(all, s)
		if err := f.beside(s, e.After); err != nil {
			return all, fmt.Errorf("writing %s: %w", e.Path, err)
		}
	}
	return all, nil
}

// beside writes a content to where it does not count yet.
func (f *Folder) beside(s staged, content []byte) error {
	info, err := f.root.Stat(s.Path)
	if err != nil {
		return err
	}
	out, err := f.root.OpenFile(s.next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(content)
	keepOwner(out, info)
	return errors.Join(err, out.Chmod(info.Mode()&(fs.ModePerm|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky)), out.Close())
}

// commit puts all new contents in place. Where one cannot be, those before it
// get back what they were.
func (f *Folder) commit(all []staged) error {
	for i, s := range all {
		err := f.root.Rename(s.next, s.Path)
		if err == nil {
			continue
		}
		err = fmt.Errorf("writing %s: %w", s.Path, err)
		for _, done := range all[:i] {
			undo := f.beside(done, done.Before)
			if undo == nil {
				undo = f.root.Rename(done.next, done.Path)
			}
			if undo != nil {
				err = errors.Join(err, fmt.Errorf("putting %s back: %w", done.Path, undo))
			}
		}
		return err
	}
	return nil
}
