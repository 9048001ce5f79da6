// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/monorepo-change/origin"
)

// judge compares and tells what is affected.
func (o *options) judge(ctx context.Context, repo *gitx.Repo) (*report, error) {
	if o.revision == zeros {
		return &report{Base: o.before, Head: zeros, Reason: deleted(o.branch)}, nil
	}
	c, err := repo.Resolve(ctx, o.revision)
	if err != nil {
		return nil, step.NoAnswer("reading the revision %s: %w", o.revision, err)
	}
	head, err := o.origin.Load(ctx, repo, c, "")
	if err != nil {
		return nil, err
	}
	graph, err := monorepo.Scan(ctx, head.Config, head.Services, head.Files)
	if err != nil {
		return nil, err
	}
	s, err := o.span(ctx, repo, c)
	if err != nil {
		return nil, err
	}
	j := &judgement{options: o, repo: repo, head: head, graph: graph, span: s}
	rep, err := j.report(ctx)
	if err != nil {
		return nil, err
	}
	return rep, o.limit(rep, head)
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

// judgement is the work on one pair of commits.
type judgement struct {
	*options
	repo  *gitx.Repo
	head  *origin.Commit
	graph *monorepo.Graph
	span  span
}

func (j *judgement) report(ctx context.Context) (*report, error) {
	rep := &report{Head: j.head.ID.String(), Reason: j.span.reason, Gone: j.head.Services.Gone, graph: j.graph}
	why, err := j.compare(ctx, rep)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		why = err.Error()
	}
	if why != "" {
		rep.All, rep.Reason = true, why
		rep.causes = map[string]monorepo.Cause{}
		for _, s := range j.head.Services.All {
			rep.causes[s.Name] = monorepo.Cause{Note: why}
		}
	}
	rep.fill(j.head.Services)
	if len(j.head.Services.All)+len(rep.Removed) == 0 {
		return nil, step.Hint(step.Misuse("%s has no service at all", rep.Head), "a service is a folder with a Dockerfile that %s discovers or lists", j.origin.Config)
	}
	return rep, nil
}

// compare fills in what changed. It says why, where all services are affected;
// so does an error.
func (j *judgement) compare(ctx context.Context, rep *report) (why string, err error) {
	if j.span.base == nil {
		return j.span.reason, nil
	}
	rep.Base = j.span.base.ID.String()
	changes, err := j.repo.Diff(ctx, j.span.base.Tree, j.head.Tree)
	if err != nil {
		return "", fmt.Errorf("comparing %s with %s: %w", rep.Base, rep.Head, err)
	}
	rep.Changed = len(changes)
	rep.Reason += fmt.Sprintf(", %d files differ", len(changes))
	base, err := j.origin.Load(ctx, j.repo, *j.span.base, "")
	if err != nil {
		return "", fmt.Errorf("reading the services of the base %s: %w", rep.Base, err)
	}
	rep.Removed = removed(base.Services, j.head.Services)
	if f := j.graph.Faults; len(f) > 0 {
		return fmt.Sprintf("%d files cannot be understood, the first is %s", len(f), f[0].Error()), nil
	}
	paths := make([]string, 0, len(changes))
	for _, c := range changes {
		paths = append(paths, c.Path)
	}
	rep.causes = j.graph.Affected(paths, redefined(base, j.head))
	return "", nil
}

func removed(base, head monorepo.Services) []string {
	var names []string
	for _, s := range base.All {
		if _, ok := head.Get(s.Name); !ok {
			names = append(names, s.Name)
		}
	}
	return names
}

// redefined are the services that are new, or that the configuration builds
// otherwise than at the base. Where a service is deployed does not count.
func redefined(base, head *origin.Commit) map[string]monorepo.Cause {
	causes := map[string]monorepo.Cause{}
	for _, s := range head.Services.All {
		old, ok := base.Services.Get(s.Name)
		if !ok {
			causes[s.Name] = monorepo.Cause{Note: "the service is new"}
		} else if !reflect.DeepEqual(definition(old), definition(s)) {
			causes[s.Name] = monorepo.Cause{Path: head.Config.File, Note: "its definition changed"}
		}
	}
	return causes
}

// definition is what of a service decides about its image, patterns as written.
func definition(s monorepo.Service) any {
	var inputs []string
	for _, p := range s.Inputs {
		inputs = append(inputs, p.Text)
	}
	s.Manifests, s.Lines, s.Inputs = nil, nil, nil
	return []any{s, inputs}
}
