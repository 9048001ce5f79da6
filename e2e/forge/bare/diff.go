// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// EmptyTree is the id of the tree that holds nothing.
const EmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

// FileDiff is what happened to one file between two trees.
type FileDiff struct {
	// Status is git's letter: A, D, M, R, T.
	Status byte
	// Path is the new name; OldPath the former one of a rename.
	Path, OldPath string
	// OldMode, Mode, OldSHA and SHA are as in git's raw diff.
	OldMode, Mode, OldSHA, SHA string
	Additions, Deletions       int
	// Patch is the unified diff from its first hunk; empty for a binary file.
	Patch string
}

// Names lists what changed between two tree-ishes without counting lines and
// without looking for renames.
func (r *Repo) Names(ctx context.Context, from, to string) ([]FileDiff, error) {
	from, to = r.known(ctx, from), r.known(ctx, to)
	if IsID(from) && IsID(to) {
		if files, err := r.plainNames(ctx, from, to, ""); err == nil {
			return files, nil
		}
	}
	out, err := r.recall(ctx, []string{from, to}, "diff-tree", "-r", "-z", "--raw", "--no-renames", from, to)
	if err != nil {
		return nil, err
	}
	files, _, err := parseRaw(strings.Split(string(out), "\x00"))
	return files, err
}

// Diff lists what changed between two tree-ishes, with renames, counts of lines
// and patches.
func (r *Repo) Diff(ctx context.Context, from, to string) ([]FileDiff, error) {
	from, to = r.known(ctx, from), r.known(ctx, to)
	if from == to {
		return []FileDiff{}, nil
	}
	if IsID(from) && IsID(to) {
		if files, ok := r.plainDiff(ctx, from, to); ok {
			return files, nil
		}
	}
	return r.gitDiff(ctx, from, to)
}

func (r *Repo) gitDiff(ctx context.Context, from, to string) ([]FileDiff, error) {
	out, err := r.recall(ctx, []string{from, to}, "diff-tree", "-r", "-M", "-z", "--raw", "--numstat", "-p", from, to)
	if err != nil {
		return nil, err
	}
	files, rest, err := parseRaw(strings.Split(string(out), "\x00"))
	if err != nil {
		return nil, err
	}
	rest, err = parseNumstat(files, rest)
	if err != nil {
		return nil, err
	}
	addPatches(files, strings.Join(rest, "\x00"))
	return files, nil
}

// known is the tree of a commit: many commits have the same. What is none stays as it is.
func (r *Repo) known(ctx context.Context, treeish string) string {
	if tree, err := r.treeOf(ctx, treeish); IsID(treeish) && err == nil {
		return tree
	}
	return treeish
}

// Patch is the unified diff between two tree-ishes, as git prints it.
func (r *Repo) Patch(ctx context.Context, from, to string) ([]byte, error) {
	return r.recall(ctx, []string{from, to}, "diff-tree", "-r", "-M", "-p", "--full-index", from, to)
}

// parseRaw reads the records that begin with a colon and returns the fields after them.
func parseRaw(fields []string) ([]FileDiff, []string, error) {
	files := []FileDiff{}
	for len(fields) > 1 && strings.HasPrefix(fields[0], ":") {
		head := strings.Fields(fields[0][1:])
		if len(head) != 5 {
			return nil, nil, fmt.Errorf("reading a diff: unexpected record %q", fields[0])
		}
		f := FileDiff{OldMode: head[0], Mode: head[1], OldSHA: head[2], SHA: head[3], Status: head[4][0], Path: fields[1]}
		fields = fields[2:]
		if f.Status == 'R' || f.Status == 'C' {
			f.OldPath, f.Path, fields = f.Path, fields[0], fields[1:]
		}
		files = append(files, f)
	}
	return files, fields, nil
}

// parseNumstat reads the counts of lines and returns the fields after them.
func parseNumstat(files []FileDiff, fields []string) ([]string, error) {
	for i := range files {
		if len(fields) == 0 {
			return nil, fmt.Errorf("reading a diff: no line count for %s", files[i].Path)
		}
		parts := strings.SplitN(fields[0], "\t", 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("reading a diff: unexpected count %q", fields[0])
		}
		files[i].Additions, files[i].Deletions = atoi(parts[0]), atoi(parts[1])
		fields = fields[1:]
		if parts[2] == "" { // a rename: the two names follow
			fields = fields[2:]
		}
	}
	return fields, nil
}

// atoi takes the "-" of a binary file as zero.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// addPatches gives each file its part of the patch: the parts come in the order
// of the files, and a change of type has two.
func addPatches(files []FileDiff, patch string) {
	parts := strings.Split("\n"+strings.TrimPrefix(patch, "\x00"), "\ndiff --git ")
	next := 1
	for i := range files {
		if next >= len(parts) {
			return
		}
		part := parts[next]
		next++
		if files[i].Status == 'T' {
			next++
		}
		if at := strings.Index(part, "\n@@ "); at >= 0 {
			files[i].Patch = strings.TrimSuffix(part[at+1:], "\n")
		}
	}
}

// Mails is the commits that to has and from has not, each as a mail with its patch.
func (r *Repo) Mails(ctx context.Context, from, to string) ([]byte, error) {
	if from == EmptyTree {
		return r.git(ctx, nil, "format-patch", "--stdout", "--root", "-1", to)
	}
	return r.git(ctx, nil, "format-patch", "--stdout", from+".."+to)
}
