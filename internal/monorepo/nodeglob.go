// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// workspaceGlobs are the globs of a project's packages, relative to its folder.
type workspaceGlobs [][]string

// mostBraces is how many globs one may stand for by its braces.
const mostBraces = 1000

// readGlobs splits globs at slashes. Braces are written out. What path.Match
// does not know stands for any name where a glob adds folders, and where it
// takes them away the glob is left out: rather one package too many.
func readGlobs(texts []string) (workspaceGlobs, error) {
	var globs workspaceGlobs
	for _, text := range texts {
		glob, not := strings.CutPrefix(strings.TrimSpace(text), "!")
		all := braces(glob, mostBraces)
		if all == nil {
			return nil, fmt.Errorf("the glob %q stands for more than %d", text, mostBraces)
		}
		for _, glob := range all {
			segments := strings.Split(strings.TrimPrefix(path.Clean("/"+glob), "/"), "/")
			odd := false
			for i, segment := range segments {
				if _, err := path.Match(segment, ""); err != nil || strings.ContainsAny(segment, "()!") || strings.Contains(segment, "[^") {
					segments[i], odd = "*", true
				}
			}
			if segments[0] == "" {
				segments[0] = "."
			}
			if not && !odd {
				globs = append(globs, append([]string{"!"}, segments...))
			} else if !not {
				globs = append(globs, segments)
			}
		}
	}
	return globs, nil
}

// braces writes "a{b,c}" out as "ab" and "ac"; nil for more than most.
func braces(glob string, most int) []string {
	open := strings.IndexByte(glob, '{')
	if open < 0 {
		return []string{glob}
	}
	var all, parts []string
	depth, start, end := 0, open+1, -1
	for i := open; i < len(glob) && end < 0; i++ {
		switch c := glob[i]; {
		case c == '{':
			depth++
		case c == '}' && depth == 1:
			parts, end = append(parts, glob[start:i]), i
		case c == '}':
			depth--
		case c == ',' && depth == 1:
			parts, start = append(parts, glob[start:i]), i+1
		}
	}
	if end < 0 {
		return []string{strings.ReplaceAll(glob, "{", "?")}
	}
	if len(parts) > most {
		return nil
	}
	for _, part := range parts {
		more := braces(glob[:open]+part+glob[end+1:], most-len(all))
		if more == nil || len(all)+len(more) > most {
			return nil
		}
		all = append(all, more...)
	}
	return all
}

// has tells whether a folder, relative to the project's, is one of its packages.
func (g workspaceGlobs) has(dir string) bool {
	var names []string
	if dir != "." {
		names = strings.Split(dir, "/")
	}
	member := false
	for _, glob := range g {
		if glob[0] == "!" {
			member = member && !matches(glob[1:], names, false)
		} else {
			member = member || matches(glob, names, false)
		}
	}
	return member && !slices.Contains(names, "node_modules")
}

// folders lists the folders that the globs match, of those that are there.
func (g workspaceGlobs) folders(w *walk, root string) []string {
	var found []string
	for _, glob := range g {
		if glob[0] == "!" {
			continue
		}
		for _, dir := range expand(w, root, glob) {
			if rest, ok := within(root, dir); ok && g.has(path.Join(".", rest)) {
				found = append(found, dir)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// missing are the places of package.json files that the globs match, but for
// those in some folders.
func (g workspaceGlobs) missing(root string, there map[string]bool) []Input {
	var all []Input
	for _, glob := range g {
		if glob[0] == "!" || glob[0] == "." {
			continue
		}
		text := path.Join("/", quotedGlob(root), path.Join(glob...), packageJSON)
		if p, err := ParsePattern(text); err == nil {
			all = append(all, Input{Pattern: &p, Except: notMissing{g, root, there}, Kind: "node", Place: Place{File: path.Join(root, packageJSON)}})
		}
	}
	return all
}

// notMissing is what is there, and what the globs do not match.
type notMissing struct {
	globs workspaceGlobs
	root  string
	there map[string]bool
}

// Has is part of Matcher.
func (n notMissing) Has(file string) bool {
	rest, _ := within(n.root, path.Dir(file))
	return n.there[path.Dir(file)] || !n.globs.has(path.Join(".", rest))
}

// expand lists the folders below one that a glob matches; what is not known
// yet is wanted.
func expand(w *walk, dir string, glob []string) []string {
	if len(glob) == 0 {
		return []string{dir}
	}
	if !strings.ContainsAny(glob[0], `*?[\`) {
		return expand(w, path.Join(dir, glob[0]), glob[1:])
	}
	deep := glob[0] == "**"
	if deep && !w.tree(dir) {
		return nil
	}
	var found []string
	if deep {
		found = expand(w, dir, glob[1:])
	}
	items, _ := w.list(dir)
	for _, item := range items {
		if !item.Dir || item.Name == "node_modules" {
			continue
		}
		if sub := path.Join(dir, item.Name); deep {
			found = append(found, expand(w, sub, glob)...)
		} else if ok, err := path.Match(glob[0], item.Name); ok && err == nil {
			found = append(found, expand(w, sub, glob[1:])...)
		}
	}
	return found
}
