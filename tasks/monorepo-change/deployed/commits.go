// SPDX-License-Identifier: Apache-2.0

package deployed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/adze-ci/adze/internal/gitx"
)

// maxCommits is how many different commits are compared with. What is more is
// left to the safe side, so that the cost of a run stays bounded.
const maxCommits = 2000

// errTooMany says that a commit is one of too many.
var errTooMany = fmt.Errorf("more than %d different commits are deployed, and it is not one of those that most services name", maxCommits)

// popular are the commits that uses name: those that most services name first.
func (l *ledger) popular(revisions map[string]revision) []gitx.ID {
	count := map[gitx.ID]int{}
	for _, uses := range l.uses {
		for _, u := range uses {
			if r := u.revision(revisions); r.doubt == "" {
				count[r.id]++
			}
		}
	}
	return slices.SortedFunc(maps.Keys(count), func(a, b gitx.ID) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.String(), b.String()))
	})
}

// commits are commits by their ids, and why some could not be had.
type commits struct {
	repo  *gitx.Repo
	known map[gitx.ID]gitx.Commit
	gone  map[gitx.ID]error
}

func (c *commits) get(id gitx.ID) (gitx.Commit, error) {
	if known, ok := c.known[id]; ok {
		return known, nil
	}
	if err, ok := c.gone[id]; ok {
		return gitx.Commit{}, err
	}
	return gitx.Commit{}, errTooMany
}

// loadCommits reads commits in one request, and a few more where some are gone.
func loadCommits(ctx context.Context, repo *gitx.Repo, ids []gitx.ID) (*commits, error) {
	c := &commits{repo, map[gitx.ID]gitx.Commit{}, map[gitx.ID]error{}}
	return c, c.load(ctx, ids[:min(len(ids), maxCommits)])
}

// load reads commits together, then without those that are said to be missing,
// and halves the rest until those that cannot be had stand alone.
func (c *commits) load(ctx context.Context, ids []gitx.ID) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := c.repo.Commits(ctx, ids...)
	var missing *gitx.MissingError
	switch {
	case err == nil:
		for _, f := range found {
			c.known[f.ID] = f
		}
		return nil
	case !errors.As(err, &missing) && !errors.Is(err, gitx.ErrCorrupt):
		return err
	case len(ids) == 1:
		c.gone[ids[0]] = err
		return nil
	}
	if missing != nil && len(missing.IDs) < len(ids) {
		for _, id := range missing.IDs {
			c.gone[id] = &gitx.MissingError{IDs: []gitx.ID{id}, Where: missing.Where}
		}
		there := slices.DeleteFunc(slices.Clone(ids), func(id gitx.ID) bool { return c.gone[id] != nil })
		return c.load(ctx, there)
	}
	half := len(ids) / 2
	return errors.Join(c.load(ctx, ids[:half]), c.load(ctx, ids[half:]))
}
