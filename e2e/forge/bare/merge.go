// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrConflict says that two histories cannot be merged without a person.
var ErrConflict = errors.New("merge conflict")

// MergeTrees merges two commits three-way and returns the merged tree's id, or
// ErrConflict.
func (r *Repo) MergeTrees(ctx context.Context, ours, theirs string) (string, error) {
	if best, ok := r.best(ours, theirs); ok && len(best) == 1 {
		tree, err := r.plainMerge(ctx, r.known(ctx, best[0]), r.known(ctx, ours), r.known(ctx, theirs))
		if err == nil {
			return tree, nil
		}
	}
	out, err := r.recall(ctx, []string{ours, theirs}, "merge-tree", "--write-tree", "--no-messages", ours, theirs)
	if exitCode(err) == 1 {
		return "", fmt.Errorf("merging %s into %s: %w", theirs, ours, ErrConflict)
	}
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(out)), nil
}

// Rebase puts the commits that tip has and base has not onto base, and returns
// the new tip. Merges among them are left out, as git rebase does.
func (r *Repo) Rebase(ctx context.Context, base, tip string, committer Person) (string, error) {
	shas, err := r.Log(ctx, []string{tip}, LogOptions{Not: []string{base}, Reverse: true})
	if err != nil {
		return "", err
	}
	commits, err := r.Commits(ctx, shas)
	if err != nil {
		return "", err
	}
	onto := base
	for _, c := range commits {
		if len(c.Parents) > 1 {
			continue
		}
		if onto, err = r.pick(ctx, onto, c, committer); err != nil {
			return "", err
		}
	}
	return onto, nil
}

// pick applies one commit onto another. git merge-tree finds its own merge base,
// so both sides are given a common parent made for the purpose.
func (r *Repo) pick(ctx context.Context, onto string, c Commit, committer Person) (string, error) {
	stamp := Person{Name: "pick", Email: "pick", When: time.Unix(0, 0)}
	root, err := r.rootOf(ctx, c, stamp)
	if err != nil {
		return "", err
	}
	ontoCommit, err := r.ReadCommit(ctx, onto)
	if err != nil {
		return "", err
	}
	sides := [2]string{}
	for i, tree := range []string{ontoCommit.Tree, c.Tree} {
		side := Commit{Tree: tree, Parents: []string{root}, Author: stamp, Committer: stamp, Message: "side"}
		if sides[i], err = r.WriteCommit(ctx, side); err != nil {
			return "", err
		}
	}
	tree, err := r.MergeTrees(ctx, sides[0], sides[1])
	if err != nil {
		return "", err
	}
	return r.WriteCommit(ctx, Commit{Tree: tree, Parents: []string{onto}, Author: c.Author, Committer: committer, Message: c.Message})
}

// rootOf makes a parentless commit with the tree that c changed.
func (r *Repo) rootOf(ctx context.Context, c Commit, stamp Person) (string, error) {
	tree := EmptyTree
	if len(c.Parents) > 0 {
		parent, err := r.ReadCommit(ctx, c.Parents[0])
		if err != nil {
			return "", err
		}
		tree = parent.Tree
	} else if _, err := r.Write(ctx, "tree", nil); err != nil {
		return "", err
	}
	return r.WriteCommit(ctx, Commit{Tree: tree, Author: stamp, Committer: stamp, Message: "root"})
}
