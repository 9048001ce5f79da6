// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/adze-ci/adze/internal/monorepo"
)

// attributes are the lines of all .gitattributes files that say of files
// whether Git LFS keeps them, those of deeper folders last (gitattributes(5)).
type attributes []attribute

type attribute struct {
	pattern monorepo.Pattern
	lfs     bool
}

// has tells whether a file is kept in Git LFS: the last line that matches and
// names a filter decides.
func (as attributes) has(file string) bool {
	for _, a := range slices.Backward(as) {
		if a.pattern.Match(file) {
			return a.lfs
		}
	}
	return false
}

func readAttributes(texts map[string][]byte) attributes {
	names := slices.SortedFunc(maps.Keys(texts), func(a, b string) int {
		return cmp.Or(strings.Count(a, "/")-strings.Count(b, "/"), strings.Compare(a, b))
	})
	var all attributes
	for _, name := range names {
		for line := range strings.Lines(string(texts[name])) {
			if a, ok := readAttribute(path.Dir(name), strings.TrimSpace(line)); ok {
				all = append(all, a)
			}
		}
	}
	return all
}

// readAttribute reads a line, if it says something of a filter.
func readAttribute(dir, line string) (attribute, bool) {
	if line == "" || line[0] == '#' || strings.HasPrefix(line, "[attr]") {
		return attribute{}, false
	}
	glob, rest := cutGlob(line)
	names, lfs := false, false
	for _, word := range strings.Fields(rest) {
		if value, ok := strings.CutPrefix(word, "filter="); ok || word == "-filter" || word == "!filter" {
			names, lfs = true, value == "lfs"
		}
	}
	if !names {
		return attribute{}, false
	}
	p, err := monorepo.ParsePattern(anchored(dir, glob))
	return attribute{p, lfs}, err == nil
}

// cutGlob cuts a line behind its glob, which is in quotes where it has blanks.
func cutGlob(line string) (glob, rest string) {
	if quoted, err := strconv.QuotedPrefix(line); err == nil && line[0] == '"' {
		if glob, err := strconv.Unquote(quoted); err == nil {
			return glob, line[len(quoted):]
		}
	}
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		return line[:i], line[i:]
	}
	return line, ""
}

// anchored writes a glob of a folder's file as one of the repository's root. A
// glob without a slash matches at any depth below the folder.
func anchored(dir, glob string) string {
	deep := !strings.Contains(strings.TrimSuffix(glob, "/"), "/")
	glob = strings.TrimPrefix(glob, "/")
	switch {
	case dir == "." && deep:
		return glob
	case deep:
		return "/" + dir + "/**/" + glob
	case dir == ".":
		return "/" + glob
	default:
		return "/" + dir + "/" + glob
	}
}
