// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Recover undoes what killed predecessors left half-done anywhere on the node,
// and names the files where there was something, by their node paths. What
// others wrote since then stays. It is for the holder of the [Etc.Lock] alone.
func (e Etc) Recover() (undone []string, err error) {
	undone, err = e.recover(system{})
	return undone, explain(err)
}

func (e Etc) recover(d disk) (undone []string, err error) {
	j, broken, err := e.load()
	if err != nil || !broken && j.empty() {
		return nil, err
	}
	if !broken {
		return nil, e.forgetGone(j, d)
	}
	if err := d.remove(e.freshJournalName()); err != nil {
		return nil, fmt.Errorf("removing what was left of a journal: %w", err)
	}
	if j.Doing != nil {
		some, err := e.undo(*j.Doing, d)
		if err != nil {
			return nil, fmt.Errorf("undoing a broken write of the node's %s: %w", j.Doing.Path, err)
		}
		if some {
			undone = append(undone, j.Doing.Path)
		}
	}
	if j, err = e.prune(j, d); err != nil {
		return undone, err
	}
	return undone, e.done(j, d)
}

// forgetGone forgets made files that are gone. A node that can only be read is
// left alone where there are none.
func (e Etc) forgetGone(j journal, d disk) error {
	rest, err := e.prune(j, d)
	if err != nil || len(rest.Made) == len(j.Made) && len(rest.Folders) == len(j.Folders) {
		return err
	}
	return e.store(rest, d)
}

// Created names the files that were not there before and that are remembered
// until they are removed again, by their node paths.
func (e Etc) Created() ([]string, error) {
	j, _, err := e.load()
	return j.Made, err
}

// Led names the files that a link at a node's path led to when they were
// written, by their node paths.
func (e Etc) Led(nodePath string) ([]string, error) {
	j, _, err := e.load()
	var files []string
	for file, by := range j.Led {
		if by == nodePath {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return files, err
}

// Forget gives up what is remembered of files that were made and of where links
// led. It is called when nothing in them is ours any more: what others wrote to
// them stays theirs. It is an error where one of them cannot be looked for, and is
// then still remembered.
func (e Etc) Forget() error {
	hidden, err := e.forget(system{})
	return errors.Join(err, hidden)
}

func (e Etc) forget(d disk) (hidden, err error) {
	j, _, err := e.load()
	if err != nil || j.empty() {
		return nil, err
	}
	rest := journal{Doing: j.Doing, Folders: j.Folders, Led: map[string]string{}}
	for _, file := range j.Made {
		if err := e.hides(file, j.Folders); err != nil {
			hidden, rest.Made = errors.Join(hidden, err), append(rest.Made, file)
		}
	}
	for file, by := range j.Led {
		if err := e.hides(file, nil); err != nil {
			hidden, rest.Led[file] = errors.Join(hidden, err), by
		}
	}
	if rest, err = e.prune(rest, d); err != nil {
		return hidden, err
	}
	return hidden, e.store(rest, d)
}

// undo makes an end of a write: it was done, or it was not.
func (e Etc) undo(w write, d disk) (bool, error) {
	name := e.Local(w.Path)
	if w.InPlace {
		text, err := read(name)
		if err != nil || text == nil || !w.torn(text) {
			return false, err
		}
		return true, overwrite(name, text, w.Before, d)
	}
	fresh := freshName(name)
	left, err := read(fresh)
	if err != nil || left == nil {
		return false, err
	}
	text, err := read(name)
	if err != nil {
		return false, err
	}
	if text != nil && bytes.Equal(text, w.After) && !bytes.Equal(left, w.Before) {
		// Ours had been exchanged for what others wrote in that moment.
		return true, errors.Join(d.rename(fresh, name), d.sync(filepath.Dir(name)))
	}
	return true, d.remove(fresh)
}

// read reads a file; nil is none.
func read(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && text == nil {
		text = []byte{}
	}
	return text, err
}
