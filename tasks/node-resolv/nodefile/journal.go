// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/adze-ci/adze/internal/step"
)

// journalBase is the journal's name in the node's /etc. Whatever this package
// keeps on a node for itself has a name that begins with [OwnPrefix].
const (
	OwnPrefix   = ".adze-"
	journalBase = OwnPrefix + "node-resolv"
)

// journal is what must be known of a node's files after a crash. Without
// anything to remember it is not there.
type journal struct {
	// Doing is the write under way.
	Doing *write `json:"doing,omitempty"`
	// Made are the files that were not there before, by their node paths.
	Made []string `json:"made,omitempty"`
	// Folders were made for them, parents first.
	Folders []string `json:"folders,omitempty"`
	// Led are the files that links led to when they were written, with the path
	// that was asked for: the link may lead elsewhere later.
	Led map[string]string `json:"led,omitempty"`
}

// empty tells whether there is nothing to remember.
func (j journal) empty() bool {
	return j.Doing == nil && len(j.Made) == 0 && len(j.Folders) == 0 && len(j.Led) == 0
}

// write is a write that may be half-done.
type write struct {
	// Path is the file on the node.
	Path string `json:"path"`
	// Before and After are the whole texts.
	Before []byte `json:"before"`
	After  []byte `json:"after"`
	// InPlace says that the file itself is overwritten.
	InPlace bool `json:"inPlace,omitempty"`
}

func (e Etc) journalName() string { return filepath.Join(e.Dir, journalBase) }

// freshJournalName is where the next journal is prepared.
func (e Etc) freshJournalName() string { return e.journalName() + ".new" }

// load reads the journal; where there is none it is empty. It is broken where a
// write, or the storing of a journal, was begun and not ended.
func (e Etc) load() (j journal, broken bool, err error) {
	text, err := read(e.journalName())
	if err != nil {
		return j, false, fmt.Errorf("reading the journal: %w", err)
	}
	if text != nil {
		if j, err = parseJournal(text); err != nil {
			err = fmt.Errorf("reading the journal %s: %w", e.journalName(), err)
			return j, false, step.Hint(err, "a newer node-resolv wrote it, whose restore takes it away, or someone edited it: look at the files that it names, then remove it")
		}
	}
	_, err = os.Lstat(e.freshJournalName())
	return j, j.Doing != nil || err == nil, nil
}

// parseJournal refuses what it does not know, which would be lost in the next
// journal.
func parseJournal(text []byte) (j journal, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&j)
	return j, err
}

// store keeps the journal for good, before what it tells of is done.
func (e Etc) store(j journal, d disk) error {
	name, fresh := e.journalName(), e.freshJournalName()
	if j.empty() {
		if err := d.remove(name); err != nil {
			return fmt.Errorf("removing the journal: %w", err)
		}
		return d.sync(e.Dir)
	}
	text, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encoding the journal: %w", err)
	}
	err = d.create(fresh, text)
	if err == nil {
		err = d.sync(fresh)
	}
	if err == nil {
		err = d.rename(fresh, name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing the journal: %w", err), d.remove(fresh))
	}
	return d.sync(e.Dir)
}

// done forgets the write under way.
func (e Etc) done(j journal, d disk) error {
	j.Doing = nil
	return e.store(j, d)
}

func (j journal) made(path string) bool { return slices.Contains(j.Made, path) }

// led remembers that a link led to a file.
func (j *journal) led(file, by string) {
	if j.Led == nil {
		j.Led = map[string]string{}
	}
	j.Led[file] = by
}

// torn tells whether a text can be what a broken overwrite left: each byte is
// the one from before or from after, or the padding.
func (w write) torn(text []byte) bool {
	if bytes.Equal(text, w.Before) || bytes.Equal(text, w.After) {
		return false
	}
	if len(text) > max(len(w.Before), len(w.After)) || len(text) < min(len(w.Before), len(w.After)) {
		return false
	}
	for i, b := range text {
		before := i < len(w.Before) && b == w.Before[i]
		after := i < len(w.After) && b == w.After[i]
		padding := i >= min(len(w.Before), len(w.After)) && b == '\n'
		hole := b == 0
		if !before && !after && !padding && !hole {
			return false
		}
	}
	return true
}
