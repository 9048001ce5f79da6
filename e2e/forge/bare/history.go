// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LogOptions narrow a walk through the history.
type LogOptions struct {
	// Not are revisions whose history is left out.
	Not []string
	// Path keeps the commits that changed it; Author those whose author's name or address matches.
	Path, Author string
	// Since and Until bound the committer's date; the zero time means no bound.
	Since, Until time.Time
	// Limit is the most commits to return (0: all), Skip how many to leave out first.
	Limit, Skip int
	// Reverse lists the oldest first, parents before children.
	Reverse bool
}

// Log lists the ids of the commits reachable from revs, newest first.
func (r *Repo) Log(ctx context.Context, revs []string, o LogOptions) ([]string, error) {
	if slices.Equal(revs, o.Not) {
		return nil, nil
	}
	if shas, ok := r.plainLog(ctx, revs, o); ok {
		return shas, nil
	}
	args := append([]string{"rev-list"}, o.args()...)
	args = append(args, revs...)
	if len(o.Not) > 0 {
		args = append(append(args, "--not"), o.Not...)
	}
	args = append(args, "--")
	if o.Path != "" {
		args = append(args, o.Path)
	}
	out, err := r.recall(ctx, slices.Concat(revs, o.Not), args...)
	return lines(out), err
}

// plainLog is Log where history is a line, and only a path and how many are wanted narrow it.
func (r *Repo) plainLog(ctx context.Context, revs []string, o LogOptions) ([]string, bool) {
	if len(revs) != 1 || o.Author != "" || !o.Since.IsZero() || !o.Until.IsZero() {
		return nil, false
	}
	shas, ok := r.line(revs[0], o.Not)
	if ok && o.Path != "" {
		shas, ok = r.thatChanged(ctx, shas, o.Path)
	}
	shas = shas[min(o.Skip, len(shas)):]
	if o.Limit > 0 {
		shas = shas[:min(o.Limit, len(shas))]
	}
	if o.Reverse {
		slices.Reverse(shas)
	}
	return shas, ok
}

// thatChanged are those commits of a line whose parent has something else at a path.
func (r *Repo) thatChanged(ctx context.Context, line []string, path string) (shas []string, ok bool) {
	for _, sha := range line {
		parents, _ := r.parents(sha)
		was := item{}
		is, err := r.at(ctx, sha, path)
		if err == nil && len(parents) == 1 {
			was, err = r.at(ctx, parents[0], path)
		}
		if err != nil {
			return nil, false
		}
		if is != was {
			shas = append(shas, sha)
		}
	}
	return shas, true
}

// at is what a commit has at a path; nothing is no error.
func (r *Repo) at(ctx context.Context, commit, path string) (item, error) {
	tree, err := r.treeOf(ctx, commit)
	if err != nil {
		return item{}, err
	}
	found, err := r.walk(ctx, tree, path)
	if errors.Is(err, ErrNotFound) {
		return item{}, nil
	}
	return found, err
}

func (o LogOptions) args() []string {
	args := []string{"--topo-order"}
	if o.Reverse {
		args = append(args, "--reverse")
	}
	if o.Limit > 0 {
		args = append(args, "--max-count="+strconv.Itoa(o.Limit))
	}
	if o.Skip > 0 {
		args = append(args, "--skip="+strconv.Itoa(o.Skip))
	}
	if o.Author != "" {
		args = append(args, "--fixed-strings", "--author="+o.Author)
	}
	if !o.Since.IsZero() {
		args = append(args, "--since="+o.Since.Format(time.RFC3339))
	}
	if !o.Until.IsZero() {
		args = append(args, "--until="+o.Until.Format(time.RFC3339))
	}
	return args
}

// Count says how many commits a has that b has not, and the other way round.
func (r *Repo) Count(ctx context.Context, a, b string) (onlyA, onlyB int, err error) {
	if a == b {
		return 0, 0, nil
	}
	if ofA, ok := r.ancestors(a); ok {
		if ofB, ok := r.ancestors(b); ok {
			return missing(ofA, ofB), missing(ofB, ofA), nil
		}
	}
	out, err := r.recall(ctx, []string{a, b}, "rev-list", "--count", "--left-right", a+"..."+b, "--")
	if err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscan(string(out), &onlyA, &onlyB); err != nil {
		return 0, 0, fmt.Errorf("counting the commits between %s and %s: %w", a, b, err)
	}
	return onlyA, onlyB, nil
}

// MergeBase is the best common ancestor; ErrNotFound when the histories are unrelated.
func (r *Repo) MergeBase(ctx context.Context, a, b string) (string, error) {
	if a == b {
		return a, nil
	}
	if best, ok := r.best(a, b); ok && len(best) == 1 {
		return best[0], nil
	}
	out, err := r.recall(ctx, []string{a, b}, "merge-base", a, b)
	if exitCode(err) == 1 {
		return "", fmt.Errorf("common ancestor of %s and %s: %w", a, b, ErrNotFound)
	}
	return strings.TrimSpace(string(out)), err
}

// MergeBases are all best common ancestors; two branches that merged each other
// have several, of which MergeBase gives one.
func (r *Repo) MergeBases(ctx context.Context, a, b string) ([]string, error) {
	if best, ok := r.best(a, b); ok && len(best) == 1 {
		return best, nil
	}
	out, err := r.recall(ctx, []string{a, b}, "merge-base", "--all", a, b)
	return strings.Fields(string(out)), err
}

// IsAncestor says whether b contains a.
func (r *Repo) IsAncestor(ctx context.Context, a, b string) (bool, error) {
	if a == b {
		return true, nil
	}
	if known, ok := r.ancestors(b); ok && IsID(a) && (known[a] || r.isCommit(a)) {
		return known[a], nil
	}
	_, err := r.recall(ctx, []string{a, b}, "merge-base", "--is-ancestor", a, b)
	if exitCode(err) == 1 {
		return false, nil
	}
	return err == nil, err
}
