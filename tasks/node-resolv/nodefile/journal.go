// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// journal is kept while a file is overwritten in place. Its presence says that
// a write may be half-done.
type journal struct {
	// Path is the file on the node.
	Path string `json:"path"`
	// Before and After are the whole texts.
	Before []byte `json:"before"`
	After  []byte `json:"after"`
}

// torn tells whether a text can be what a broken overwrite left: each byte is
// the one from before or from after, or the padding.
func (j journal) torn(text []byte) bool {
	if bytes.Equal(text, j.Before) || bytes.Equal(text, j.After) {
		return false
	}
	if len(text) > max(len(j.Before), len(j.After)) || len(text) < min(len(j.Before), len(j.After)) {
		return false
	}
	for i, b := range text {
		before := i < len(j.Before) && b == j.Before[i]
		after := i < len(j.After) && b == j.After[i]
		padding := i >= min(len(j.Before), len(j.After)) && b == '\n'
		hole := b == 0
		if !before && !after && !padding && !hole {
			return false
		}
	}
	return true
}

// writeJournal stores the journal for good before the write that it tells of.
func (f *File) writeJournal(j journal) error {
	text, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encoding the journal: %w", err)
	}
	fresh := f.journalName() + ".new"
	if err := f.disk.create(fresh, text); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	if err := f.disk.sync(fresh); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	if err := f.disk.rename(fresh, f.journalName()); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return f.disk.sync(f.etc.Dir)
}

func (f *File) removeJournal() error {
	if err := f.disk.remove(f.journalName()); err != nil {
		return fmt.Errorf("removing the journal: %w", err)
	}
	return f.disk.sync(f.etc.Dir)
}

func (f *File) journalName() string { return filepath.Join(f.etc.Dir, "."+f.base+".adze-journal") }
func (f *File) freshName() string {
	return filepath.Join(filepath.Dir(f.local), "."+f.base+".adze-new")
}

// Recover undoes what a killed predecessor left half-done, and tells whether
// there was something. What others wrote since then stays.
func (f *File) Recover() (bool, error) {
	for _, left := range []string{f.freshName(), f.journalName() + ".new"} {
		if err := f.disk.remove(left); err != nil {
			return false, fmt.Errorf("removing what was left of a write: %w", err)
		}
	}
	text, err := os.ReadFile(f.journalName())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("reading the journal: %w", err)
	}
	var j journal
	if err := json.Unmarshal(text, &j); err != nil {
		return false, fmt.Errorf("reading the journal %s: %w", f.journalName(), err)
	}
	undone, err := f.undo(j)
	if err != nil {
		return false, err
	}
	return undone, f.removeJournal()
}

func (f *File) undo(j journal) (bool, error) {
	name := f.etc.Local(j.Path)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("reading %s: %w", j.Path, err)
	}
	if !j.torn(text) {
		return false, nil
	}
	return true, f.overwrite(name, text, j.Before)
}
