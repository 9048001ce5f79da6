// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/monorepo-change/origin"
)

// judge compares and tells what is affected.
func (o *options) judge(ctx context.Context, repo *gitx.Repo) (*report, error) {
	if o.origin.Revision == zeros {
		return &report{Base: o.before, Head: zeros, Reason: deleted(o.branch)}, errors.Join(o.writeUnaffected(""), o.writeRecipes(nil))
	}
	repo.Expect(ctx, o.origin.Revision, o.base, o.before)
	c, err := repo.Resolve(ctx, o.origin.Revision)
	if err != nil {
		return nil, step.NoAnswer("reading the revision %s: %w", o.origin.Revision, err)
	}
	repo.Foresee(o.before, c)
	head, err := o.origin.Peek(ctx, repo, c)
	if err != nil {
		return nil, err
	}
	graph, err := monorepo.Scan(ctx, head.Config, head.Services, head.Files)
	if err != nil {
		return nil, err
	}
	p, err := o.plan(ctx, repo, head)
	if err != nil {
		return nil, err
	}
	j := &judgement{options: o, repo: repo, head: head, graph: graph, plan: p, pushed: map[string]bool{}}
	rep, err := j.report(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.limit(rep, head); err != nil {
		return nil, err
	}
	if err := j.tellUnaffected(rep); err != nil {
		return nil, err
	}
	if err := j.tellRecipes(ctx, rep); err != nil {
		return nil, err
	}
	return rep, j.addHashes(ctx, rep)
}

func deleted(branch string) string {
	if branch == "" {
		return "the branch was deleted"
	}
	return fmt.Sprintf("the branch %s was deleted", strings.TrimPrefix(branch, "refs/heads/"))
}

// limit leaves only the service that was asked for.
func (o *options) limit(rep *report, head *origin.Commit) error {
	if o.service == "" {
		return nil
	}
	if _, ok := head.Services.Get(o.service); !ok && !slices.Contains(rep.Removed, o.service) {
		return head.NoService(o.service)
	}
	rep.Affected = slices.DeleteFunc(rep.Affected, func(a affected) bool { return a.Name != o.service })
	rep.Removed = slices.DeleteFunc(rep.Removed, func(name string) bool { return name != o.service })
	rep.count()
	return nil
}
