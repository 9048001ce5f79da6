// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"context"
	"errors"
	"fmt"

	"github.com/adze-ci/adze/internal/gitx"
)

const zeros = "0000000000000000000000000000000000000000"

// span is the two commits to compare.
type span struct {
	head gitx.Commit
	// base is nil where there is none; then all services are affected.
	base *gitx.Commit
	// reason says how the base was found, or why there is none.
	reason string
}

// span finds the base. Only an error that ends everything is returned; any
// other leaves the span without a base.
func (o *options) span(ctx context.Context, repo *gitx.Repo, head gitx.Commit) (span, error) {
	base, reason, err := o.findBase(ctx, repo, head)
	if ctx.Err() != nil {
		return span{}, ctx.Err()
	}
	var missing *gitx.MissingError
	switch {
	case errors.As(err, &missing):
		return span{head: head, reason: fmt.Sprintf("%s cannot be had: %v", reason, missing)}, nil
	case err != nil:
		return span{head: head, reason: fmt.Sprintf("%s cannot be found: %v", reason, err)}, nil
	case base == nil:
		return span{head: head, reason: reason}, nil
	}
	return span{head, base, fmt.Sprintf("compared with %s", reason)}, nil
}

// findBase is the commit to compare with and what it is; nil where the
// situation gives none.
func (o *options) findBase(ctx context.Context, repo *gitx.Repo, head gitx.Commit) (*gitx.Commit, string, error) {
	switch {
	case o.mergeBase:
		what := "the merge base with " + o.base
		other, err := repo.Resolve(ctx, o.base)
		if err != nil {
			return nil, what, err
		}
		c, err := repo.MergeBase(ctx, other.ID, head.ID)
		return &c, what, err
	case o.base != auto && o.base != deployedBase:
		c, err := repo.Resolve(ctx, o.base)
		return &c, "the base " + o.base, err
	}
	return o.fromSituation(ctx, repo, head)
}
