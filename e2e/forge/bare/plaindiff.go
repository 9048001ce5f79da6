// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// errAskGit says that a question is git's to answer.
var errAskGit = errors.New("only git can tell")

// sideBySide are the things of several trees by name, in git's order. A name that is a
// folder's in one of them and a file's in another is git's to judge.
func (r *Repo) sideBySide(ctx context.Context, trees ...string) ([][]item, error) {
	rows := map[string][]item{}
	for n, tree := range trees {
		if tree == "" || tree == EmptyTree {
			continue
		}
		items, err := r.items(ctx, tree)
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			if rows[i.name] == nil {
				rows[i.name] = make([]item, len(trees))
			}
			rows[i.name][n] = i
		}
	}
	sorted := make([][]item, 0, len(rows))
	for _, row := range rows {
		first := present(row)
		if slices.ContainsFunc(row, func(i item) bool { return i.sha != "" && kindOf(i) != kindOf(first) }) {
			return nil, errAskGit
		}
		sorted = append(sorted, row)
	}
	slices.SortFunc(sorted, func(a, b []item) int { return strings.Compare(present(a).sortKey(), present(b).sortKey()) })
	return sorted, nil
}

// present is the first of a row that is there.
func present(row []item) item {
	return row[slices.IndexFunc(row, func(i item) bool { return i.sha != "" })]
}

// kindOf tells files, links, folders and submodules apart; a file may be executable.
func kindOf(i item) string { return i.mode[:3] }

// plainNames is Names for trees that are read from files.
func (r *Repo) plainNames(ctx context.Context, from, to, above string) ([]FileDiff, error) {
	rows, err := r.sideBySide(ctx, from, to)
	if err != nil {
		return nil, err
	}
	files := []FileDiff{}
	for _, row := range rows {
		was, is := row[0], row[1]
		if was == is {
			continue
		}
		path := above + present(row).name
		if !present(row).isFolder() {
			files = append(files, changed(path, was, is))
			continue
		}
		below, err := r.plainNames(ctx, was.sha, is.sha, path+"/")
		if err != nil {
			return nil, err
		}
		files = append(files, below...)
	}
	return files, nil
}

func changed(path string, was, is item) FileDiff {
	f := FileDiff{Status: 'M', Path: path, OldMode: was.mode, Mode: is.mode, OldSHA: was.sha, SHA: is.sha}
	switch {
	case was.sha == "":
		f.Status, f.OldMode, f.OldSHA = 'A', "000000", Zero
	case is.sha == "":
		f.Status, f.Mode, f.SHA = 'D', "000000", Zero
	}
	return f
}

// plainMerge merges two trees that changed or added different things since a third. Where
// both changed the same, or something is gone, git looks for renames and conflicts.
func (r *Repo) plainMerge(ctx context.Context, base, ours, theirs string) (string, error) {
	if ours == theirs || theirs == base {
		return ours, nil
	}
	if ours == base {
		return theirs, nil
	}
	rows, err := r.sideBySide(ctx, base, ours, theirs)
	if err != nil {
		return "", err
	}
	var merged []item
	for _, row := range rows {
		was, our, their := row[0], row[1], row[2]
		switch {
		case was.sha != "" && (our.sha == "" || their.sha == ""):
			return "", errAskGit
		case our == their || their == was:
			merged = append(merged, our)
		case our == was:
			merged = append(merged, their)
		case was.isFolder():
			sha, err := r.plainMerge(ctx, was.sha, our.sha, their.sha)
			if err != nil {
				return "", err
			}
			our.sha = sha
			merged = append(merged, our)
		default:
			return "", errAskGit
		}
	}
	return r.writeItems(merged)
}
