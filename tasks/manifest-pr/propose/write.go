// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/go-github/v60/github"
)

// write commits the edits on top of the base and moves the branch there.
func (r *Repository) write(ctx context.Context, st state, p Proposal) (string, error) {
	node := ""
	if st.head.tip != "" {
		var err error
		if node, err = r.nodeID(ctx); err != nil {
			return "", err
		}
	}
	tree, err := r.writeTree(ctx, st)
	if err != nil {
		return "", err
	}
	p.tree = tree
	commit := &github.Commit{Message: github.String(p.Message()), Tree: &github.Tree{SHA: &tree}, Parents: parents(st, node != "")}
	made, _, err := r.Client.Git.CreateCommit(ctx, r.Owner, r.Name, commit, nil)
	if err != nil {
		return "", r.failed("making a commit", err)
	}
	r.Log.Info("moving the branch", "branch", Branch(p.Key), "to", made.GetSHA()[:7])
	return made.GetSHA(), r.move(ctx, Branch(p.Key), node, st.head.tip, made.GetSHA())
}

// writeTree writes the tree of the base with the edited files. Their content
// is text, for the editor parsed it.
func (r *Repository) writeTree(ctx context.Context, st state) (string, error) {
	files := st.files()
	entries := make([]*github.TreeEntry, 0, len(files))
	for _, f := range files {
		entries = append(entries, &github.TreeEntry{
			Path: github.String(f.Path), Mode: github.String(f.Mode), Type: github.String("blob"), Content: github.String(string(f.After)),
		})
	}
	tree, _, err := r.Client.Git.CreateTree(ctx, r.Owner, r.Name, st.base.tree, entries)
	if err != nil {
		return "", r.failed("making a tree", err)
	}
	return tree.GetSHA(), nil
}

// parents are those of the new commit. Its content is always the base's with
// the edits, and so is its only parent where the branch can be moved anywhere. Elsewhere
// it descends from the branch's tip, so that the forge refuses to move a branch that
// another run moved meanwhile, and from the base where that went on.
func parents(st state, anywhere bool) []*github.Commit {
	base, tip := &github.Commit{SHA: &st.base.commit}, &github.Commit{SHA: &st.head.tip}
	switch {
	case !st.head.ahead || anywhere:
		return []*github.Commit{base}
	case !st.head.behind:
		return []*github.Commit{tip}
	default:
		return []*github.Commit{tip, base}
	}
}

// move makes the branch, or moves it if it is still where it was read.
func (r *Repository) move(ctx context.Context, branch, node, from, to string) error {
	if from != "" && node != "" {
		return r.swap(ctx, node, branch, from, to)
	}
	ref := &github.Reference{Ref: github.String("refs/heads/" + branch), Object: &github.GitObject{SHA: &to}}
	var err error
	if from == "" {
		_, _, err = r.Client.Git.CreateRef(ctx, r.Owner, r.Name, ref)
	} else {
		_, _, err = r.Client.Git.UpdateRef(ctx, r.Owner, r.Name, ref, false)
	}
	return r.overtaken("moving branch "+branch, err)
}

// overtaken tells a refusal that another run may have caused from other
// failures. GitHub answers 422 to a ref that exists, is gone or would not go forward, and
// to a pull request that exists or has nothing to merge.
func (r *Repository) overtaken(doing string, err error) error {
	switch status(err) {
	case http.StatusUnprocessableEntity, http.StatusConflict:
		return fmt.Errorf("%w: %w", errOvertaken, r.failed(doing, err))
	}
	if err != nil {
		return r.failed(doing, err)
	}
	return nil
}
