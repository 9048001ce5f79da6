// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
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

// parseTree reads a tree object: "<mode> <name>\0<20 bytes>" for each entry.
// What git fsck(1) calls a duplicate entry, or one that leads out of the tree,
// is refused: two trees could differ there and not show it.
func parseTree(data []byte) ([]Entry, error) {
	var entries []Entry
	seen := map[string]bool{".": true, "..": true}
	for len(data) > 0 {
		mode, rest, ok := bytes.Cut(data, []byte{' '})
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		if !ok || !ok2 || len(rest) < len(ID{}) || len(name) == 0 || bytes.IndexByte(name, '/') >= 0 {
			return nil, fmt.Errorf("%w: tree entry %d", ErrCorrupt, len(entries))
		}
		m, err := strconv.ParseUint(string(mode), 8, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: mode %q of tree entry %q", ErrCorrupt, mode, name)
		}
		e := Entry{Name: string(name), Mode: canonical(Mode(m))}
		if seen[e.Name] {
			return nil, fmt.Errorf("%w: tree entry %q", ErrCorrupt, name)
		}
		seen[e.Name] = true
		copy(e.ID[:], rest)
		entries = append(entries, e)
		data = rest[len(ID{}):]
	}
	return entries, nil
}

// canonical maps the modes of old repositories to today's, as git's own diff does.
func canonical(m Mode) Mode {
	switch m & 0o170000 {
	case 0o040000:
		return Dir
	case 0o120000:
		return Symlink
	case 0o100000:
		if m&0o100 != 0 {
			return Exec
		}
		return File
	default:
		return Gitlink
	}
}

// parseCommit reads the headers of a commit object.
func parseCommit(id ID, data []byte) (Commit, error) {
	c := Commit{ID: id}
	head, _, _ := bytes.Cut(data, []byte("\n\n"))
	for line := range strings.SplitSeq(string(head), "\n") {
		key, value, _ := strings.Cut(line, " ")
		var err error
		switch key {
		case "tree":
			c.Tree, err = ParseID(value)
		case "parent":
			var p ID
			p, err = ParseID(value)
			c.Parents = append(c.Parents, p)
		case "committer":
			c.When = seconds(value)
		}
		if err != nil {
			return c, fmt.Errorf("%w: commit %s: %w", ErrCorrupt, id, err)
		}
	}
	if c.Tree.IsZero() {
		return c, fmt.Errorf("%w: commit %s has no tree", ErrCorrupt, id)
	}
	return c, nil
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
func parseTag(data []byte) (ID, error) {
	line, _, _ := strings.Cut(string(data), "\n")
	return ParseID(strings.TrimPrefix(line, "object "))
}
