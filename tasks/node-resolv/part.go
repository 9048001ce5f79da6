// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"errors"
	"fmt"
	"time"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

// part is a mode's share in one of the node's files. A text of nil stands for
// a file that is not there.
type part struct {
	// path is the file's on the node, before links are followed.
	path string
	// create tells whether the file may be made.
	create bool
	// edit makes the text that the file should have of the one that it has.
	edit func(before []byte) (after []byte, err error)
	// strip takes out all that is ours, and lists it.
	strip func(before []byte) (foreign []byte, owned []string)
	// describe says what a text that has something of ours means.
	describe func(nodePath string, text []byte) string
}

// grammar is how things of ours are written into a text and found there again.
type grammar[T any] struct {
	strip    func(text []byte) (foreign []byte, owned []T)
	install  func(foreign []byte, owned []T) []byte
	describe func(nodePath string, text []byte, owned []T) string
}

// part makes a share of what choose chooses, given what stands in the file.
func (g grammar[T]) part(path string, choose func(foreign []byte, owned []T) ([]T, error)) part {
	return part{
		path: path,
		edit: func(before []byte) ([]byte, error) {
			foreign, owned := g.split(before)
			chosen, err := choose(foreign, owned)
			if err != nil {
				return nil, err
			}
			if foreign == nil && len(chosen) == 0 {
				return nil, nil
			}
			return g.install(foreign, chosen), nil
		},
		strip: func(before []byte) ([]byte, []string) {
			foreign, owned := g.split(before)
			var words []string
			for _, each := range owned {
				words = append(words, fmt.Sprint(each))
			}
			return foreign, words
		},
		describe: func(nodePath string, text []byte) string {
			_, owned := g.strip(text)
			return g.describe(nodePath, text, owned)
		},
	}
}

// split strips a text, if there is one.
func (g grammar[T]) split(text []byte) ([]byte, []T) {
	if text == nil {
		return nil, nil
	}
	return g.strip(text)
}

// written is what of ours stands in a file; nothing where it cannot be read.
func (g grammar[T]) written(etc nodefile.Etc, path string) []T {
	file, err := nodefile.OpenOrNew(etc, path)
	if err != nil {
		return nil
	}
	text, err := file.Read()
	if err != nil {
		return nil
	}
	_, owned := g.split(text)
	return owned
}

// remainsOf are the shares that are to be taken out of the file at a path, and of
// those that the path led to before its link was turned.
func (g grammar[T]) remainsOf(etc nodefile.Etc, path string) ([]part, error) {
	parts := []part{g.remains(path)}
	now, err := etc.Follow(path)
	if err != nil {
		return parts, nil //nolint:nilerr // links that lead nowhere
	}
	led, err := etc.Led(path)
	for _, before := range led {
		if before != now {
			parts = append(parts, g.remains(before))
		}
	}
	return parts, err
}

// remains is the share that is to be taken out.
func (g grammar[T]) remains(path string) part {
	return g.part(path, func([]byte, []T) ([]T, error) { return nil, nil })
}

// open finds the part's file.
func (p part) open(etc nodefile.Etc) (*nodefile.File, error) {
	if p.create {
		return nodefile.OpenOrNew(etc, p.path)
	}
	return nodefile.Open(etc, p.path)
}

// errForeign says that a file that is to be wholly ours belongs to others.
var errForeign = errors.New("others wrote it, so it stays as it is")

// mergeWait is how long is waited for others to end their writing.
const mergeWait = 50 * time.Millisecond

// out is the part that takes this one's share out, if its file is there.
func (p part) out() part {
	p.create = true
	p.edit = func(before []byte) ([]byte, error) {
		foreign, _ := p.strip(before)
		return foreign, nil
	}
	return p
}

// maxMerges is how often in a row someone else may write between our reading
// and our writing.
const maxMerges = 10

// merge edits a file, and gives its text and whether that changed. What others
// write at the same time is read again and kept.
func merge(file *nodefile.File, p part) (text []byte, changed bool, err error) {
	for try := 0; ; try++ {
		before, err := file.Read()
		if err != nil {
			return nil, false, err
		}
		after, err := p.edit(before)
		if err != nil {
			return before, false, fmt.Errorf("editing the node's %s: %w", file.NodePath(), err)
		}
		err = file.Write(before, after)
		if err == nil {
			return after, string(before) != string(after) || (before == nil) != (after == nil), nil
		}
		if !errors.Is(err, nodefile.ErrChanged) || try == maxMerges {
			return before, false, err
		}
		time.Sleep(mergeWait)
	}
}
