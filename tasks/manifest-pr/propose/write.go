// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
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
	below, err := r.parents(ctx, st, node != "")
	if err != nil {
		return "", err
	}
	made, err := r.commit(ctx, p.Message(), tree, below)
	if err != nil {
		return "", err
	}
	sha := made.GetSHA()
	if r.Look.Signed && !made.GetVerification().GetVerified() {
		if sha, err = r.sign(ctx, st, p); err != nil {
			return "", err
		}
	}
	r.Log.Info("moving the branch", "branch", st.head.name, "to", sha[:7])
	return sha, r.move(ctx, st.head.name, node, st.head.tip, sha)
}

// commit makes a commit that no branch holds yet.
func (r *Repository) commit(ctx context.Context, message, tree string, parents []string) (made *github.Commit, err error) {
	commit := &github.Commit{Message: &message, Tree: &github.Tree{SHA: &tree}, Author: r.Look.Author.forge()}
	for _, sha := range parents {
		commit.Parents = append(commit.Parents, &github.Commit{SHA: github.String(sha)})
	}
	err = r.untilSeen(ctx, "making a commit", func() (err error) {
		made, _, err = r.Client.Git.CreateCommit(ctx, r.Owner, r.Name, commit, nil)
		return err
	})
	if err != nil {
		return nil, r.failed("making a commit", err)
	}
	return made, nil
}

// writeTree writes the tree of the base with the edited files. Their content
// is text, for the editor parsed it.
func (r *Repository) writeTree(ctx context.Context, st state) (string, error) {
	entries := make([]*github.TreeEntry, 0, len(st.plan.Files))
	for _, f := range st.plan.Files {
		entries = append(entries, &github.TreeEntry{
			Path: github.String(f.Path), Mode: github.String(f.Mode), Type: github.String("blob"), Content: github.String(string(f.After)),
		})
	}
	return r.treeOf(ctx, st.base.tree, entries)
}

// treeOf writes a tree with some entries in place of those of another.
func (r *Repository) treeOf(ctx context.Context, of string, entries []*github.TreeEntry) (string, error) {
	var tree *github.Tree
	err := r.untilSeen(ctx, "making a tree", func() (err error) {
		tree, _, err = r.Client.Git.CreateTree(ctx, r.Owner, r.Name, of, entries)
		return err
	})
	if err != nil {
		return "", r.failed("making a tree", err)
	}
	return tree.GetSHA(), nil
}

// parents are those of the new commit. Its content is always the base's with
// the edits, and so is its only parent where the branch can be moved anywhere. Elsewhere
// it descends from the branch's tip, so that the forge refuses to move a branch that
// another run moved meanwhile, and from the base where that went on.
func (r *Repository) parents(ctx context.Context, st state, anywhere bool) ([]string, error) {
	switch {
	case !st.head.ahead || anywhere:
		return []string{st.base.commit}, nil
	case !st.head.behind:
		return []string{st.head.tip}, nil
	}
	merge, err := r.merge(ctx, st)
	if err != nil || merge != "" {
		return []string{merge}, err
	}
	return []string{st.head.tip, st.base.commit}, nil
}

// merge makes a commit of the branch's tip and of the base, with what the branch
// proposed so far. What it proposes now comes in a commit of one parent on top,
// for a forge that merges by rebase leaves commits of two out. There is none where the
// branch changed what is not to be edited now.
func (r *Repository) merge(ctx context.Context, st state) (string, error) {
	entries := make([]*github.TreeEntry, 0, len(st.plan.Files))
	for _, f := range st.plan.Files {
		if blob := st.head.blobs[f.Path]; blob != "" {
			entries = append(entries, &github.TreeEntry{Path: github.String(f.Path), Mode: github.String(f.Mode), Type: github.String("blob"), SHA: github.String(blob)})
		}
	}
	if len(entries) == 0 || len(entries) < len(st.head.blobs) {
		return "", nil
	}
	tree, err := r.treeOf(ctx, st.base.tree, entries)
	if err != nil {
		return "", err
	}
	made, err := r.commit(ctx, fmt.Sprintf("Merge branch '%s' into %s", r.Base, st.head.name), tree, []string{st.head.tip, st.base.commit})
	return made.GetSHA(), err
}

// errUnexplained says that the forge does not move a branch, nobody else did, and
// no reason is given.
var errUnexplained = errors.New("the forge gives no reason")

// move makes the branch, or moves it if it is still where it was read. A refusal
// without a reason may be that of a copy that lags behind, for a few tries.
func (r *Repository) move(ctx context.Context, branch, node, from, to string) error {
	for try := 1; ; try++ {
		err := r.moveOnce(ctx, branch, node, from, to)
		if try == freshTries || !errors.Is(err, errUnexplained) {
			return err
		}
		r.Log.Info("trying again what the forge refused without a reason", "branch", branch)
		if err := pause(ctx, try+1); err != nil {
			return err
		}
	}
}

func (r *Repository) moveOnce(ctx context.Context, branch, node, from, to string) error {
	if from != "" && node != "" {
		return r.swap(ctx, node, branch, from, to)
	}
	ref := &github.Reference{Ref: github.String("refs/heads/" + branch), Object: &github.GitObject{SHA: &to}}
	err := r.untilSeen(ctx, "moving branch "+branch, func() (err error) {
		if from == "" {
			_, _, err = r.Client.Git.CreateRef(ctx, r.Owner, r.Name, ref)
		} else {
			_, _, err = r.Client.Git.UpdateRef(ctx, r.Owner, r.Name, ref, false)
		}
		return err
	})
	return r.settle(ctx, branch, from, to, err)
}

// settle judges by the branch itself why the forge refused to move it: it may be
// where we want it, when the answer to a first try was lost; somewhere else, when another
// run was faster; or where it was, and then the refusal is final.
func (r *Repository) settle(ctx context.Context, branch, from, to string, err error) error {
	if err == nil {
		return nil
	}
	failed := r.failed("moving branch "+branch, err)
	if step.CodeOf(failed) != step.CodeFailed || denied(err) {
		return failed
	}
	now, readErr := r.tip(ctx, branch)
	switch {
	case readErr != nil:
		return errors.Join(failed, readErr)
	case now == to || now == "" && to == noCommit:
		return nil
	case now == from && bare(err):
		return step.Hint(fmt.Errorf("%w: %w", errUnexplained, failed),
			"a ruleset or a branch protection may keep the credentials from branches that begin with adze/: let them bypass it")
	case now != from:
		return fmt.Errorf("%w: %w", errMoved, failed)
	case says(err, "queued for merging"):
		return fmt.Errorf("%w: %w", errOvertaken, failed)
	case raced(err):
		return fmt.Errorf("%w: %w", errOvertaken, failed)
	default:
		return failed
	}
}

// denied tells the refusals that are about who asks.
func denied(err error) bool {
	switch status(err) {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return true
	}
	var graph *graphQLError
	return errors.As(err, &graph) && (graph.Type == "FORBIDDEN" || graph.Type == "INSUFFICIENT_SCOPES" || graph.Type == "NOT_FOUND")
}
