// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// ID is an object's id.
type ID = plumbing.Hash

var fullID = regexp.MustCompile(`^[0-9a-f]{40}$`)

// IsID tells whether a word is a full object id, in lower case.
func IsID(s string) bool { return fullID.MatchString(s) }

// ParseID reads a full object id.
func ParseID(s string) (ID, error) {
	if !IsID(s) {
		return ID{}, fmt.Errorf("%q is no full object id", s)
	}
	return plumbing.NewHash(s), nil
}

// ErrCorrupt says that an object cannot be read as what it should be.
var ErrCorrupt = errors.New("corrupt object")

// MissingError names objects that no source has.
type MissingError struct {
	IDs []ID
	// Where are the sources that were asked.
	Where string
}

func (e *MissingError) Error() string {
	if len(e.IDs) == 1 {
		return fmt.Sprintf("object %s is not in %s", e.IDs[0], e.Where)
	}
	return fmt.Sprintf("%d objects, the first %s, are not in %s", len(e.IDs), e.IDs[0], e.Where)
}

// Mode is a tree entry's mode.
type Mode uint32

// The modes that git knows (git-fast-import(1)).
const (
	Dir     Mode = 0o040000
	File    Mode = 0o100644
	Exec    Mode = 0o100755
	Symlink Mode = 0o120000
	Gitlink Mode = 0o160000
)

// Entry is one name in a tree. The zero Entry stands for absence.
type Entry struct {
	Name string
	Mode Mode
	ID   ID
}

// Commit is what is needed of a commit.
type Commit struct {
	ID      ID
	Tree    ID
	Parents []ID
	// When is the committer's time in seconds since 1970.
	When int64
}

// parseCommit reads the headers of a commit object, which begin with the tree and
// the parents; what is called so further down is none, as for git.
func parseCommit(id ID, text string) (Commit, error) {
	c := Commit{ID: id}
	head, _, _ := strings.Cut(text, "\n\n")
	word, rest, _ := strings.Cut(head, "\n")
	value, ok := strings.CutPrefix(word, "tree ")
	tree, err := ParseID(value)
	for c.Tree = tree; ok && err == nil; {
		word, after, _ := strings.Cut(rest, "\n")
		value, more := strings.CutPrefix(word, "parent ")
		if !more {
			c.When = committed(rest)
			return c, nil
		}
		var parent ID
		parent, err = ParseID(value)
		c.Parents, rest = append(c.Parents, parent), after
	}
	if err == nil {
		return c, fmt.Errorf("%w: commit %s has no tree", ErrCorrupt, id)
	}
	return c, fmt.Errorf("%w: commit %s: %w", ErrCorrupt, id, err)
}

// committed finds the committer's time.
func committed(headers string) int64 {
	for line := range strings.SplitSeq(headers, "\n") {
		if who, ok := strings.CutPrefix(line, "committer "); ok {
			return seconds(who)
		}
	}
	return 0
}

// seconds reads the time of "name <mail> 1700000000 +0100"; a broken one is 0,
// which only costs order.
func seconds(who string) int64 {
	words := strings.Fields(who)
	if len(words) < 2 {
		return 0
	}
	n, err := strconv.ParseInt(words[len(words)-2], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// parseTag is the object that an annotated tag names.
func parseTag(text string) (ID, error) {
	line, _, _ := strings.Cut(text, "\n")
	return ParseID(strings.TrimPrefix(line, "object "))
}
