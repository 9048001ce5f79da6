// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/monorepo-change/origin"
)

// judgement is the work on one commit and the bases that it is compared with.
type judgement struct {
	*options
	repo  *gitx.Repo
	head  *origin.Commit
	graph *monorepo.Graph
	plan  plan
	// had are the services of the base that stands for all services; what is
	// deployed of one service says nothing of others.
	had monorepo.Services
	// pushed are the services that are affected since that base.
	pushed map[string]bool
}

func (j *judgement) report(ctx context.Context) (*report, error) {
	rep := &report{
		Head: j.head.ID.String(), Reason: j.plan.reason, graph: j.graph,
		causes: map[string]monorepo.Cause{}, bases: map[string]string{}, changes: map[string][]string{},
	}
	why, err := j.compare(ctx, rep)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		why = err.Error()
	}
	if why != "" {
		rep.All, rep.Reason = true, why
		for _, s := range j.head.Services.All {
			rep.causes[s.Name] = monorepo.Cause{Note: why}
		}
	}
	if err := j.head.Settle(ctx, append(slices.Collect(maps.Keys(rep.causes)), j.explain)...); err != nil {
		return nil, err
	}
	rep.Gone = j.head.Services.Gone
	rep.Removed = removed(j.had, j.head.Services)
	rep.fill(j.head.Services)
	if len(j.head.Services.All)+len(rep.Removed) == 0 {
		return nil, step.Hint(step.Misuse("%s has no service at all", rep.Head), "a service is a folder with a Dockerfile that %s discovers or lists", j.origin.Config)
	}
	return rep, nil
}

// compare fills in what changed. It says why, where all services are affected;
// so does an error.
func (j *judgement) compare(ctx context.Context, rep *report) (why string, err error) {
	if len(j.plan.bases) == 0 && j.plan.states == nil {
		return j.plan.reason, nil
	}
	if len(j.plan.bases) == 1 {
		rep.Base = j.plan.bases[0].ID.String()
	}
	h := j.historian(j.repo, j.head)
	err = h.read(ctx, j.plan.bases)
	if err != nil {
		return "", fmt.Errorf("reading %s of %s: %w", j.origin.Config, j.basesName(), err)
	}
	paths := counter{}
	for bases := range slices.Chunk(j.plan.bases, together) {
		err := j.each(ctx, bases, func(b base, changes []gitx.Change) error {
			paths.add(changes)
			was, err := h.earlier(ctx, changes)
			if err != nil {
				return fmt.Errorf("reading the services of the base %s: %w", b.ID, err)
			}
			if b.of == nil {
				j.had = was.services
			}
			if len(j.graph.Faults) == 0 {
				j.since(b, changes, was, rep)
			}
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	rep.Changed = len(paths)
	if f := j.graph.Faults; len(f) > 0 {
		return fmt.Sprintf("%d files cannot be understood, the first is %s", len(f), f[0].Error()), nil
	}
	j.tell(rep)
	return "", nil
}

// together is how many bases are compared in the same requests. Their trees are
// then in memory at once, and a folder of 2,000 services is a tree of 70 kB.
const together = 250

// each hands out what differs from some bases, one by one. Where there are more
// than are compared together, the trees of each lot are forgotten after it.
func (j *judgement) each(ctx context.Context, bases []base, visit func(base, []gitx.Change) error) error {
	repo := j.repo
	pairs := make([]gitx.Pair, 0, len(bases))
	ids := []gitx.ID{j.head.ID}
	for _, b := range bases {
		pairs = append(pairs, gitx.Pair{Old: b.Tree, New: j.head.Tree})
		ids = append(ids, b.ID)
	}
	if len(j.plan.bases) > together {
		var err error
		if repo, err = j.origin.Open(j.origin.Repo.Log); err != nil {
			return err
		}
		if _, err := repo.Commits(ctx, ids...); err != nil {
			return err
		}
	}
	var said error
	err := repo.DiffEach(ctx, pairs, func(i int, changes []gitx.Change) error {
		said = visit(bases[i], changes)
		return said
	})
	if err != nil && said == nil {
		return fmt.Errorf("comparing %s with %s: %w", j.basesName(), j.head.ID, err)
	}
	return err
}

func (j *judgement) basesName() string {
	if len(j.plan.bases) == 1 {
		return j.plan.bases[0].ID.String()
	}
	return fmt.Sprintf("%d commits that are deployed", len(j.plan.bases))
}

// counter counts the distinct paths of changes.
type counter map[string]struct{}

func (c counter) add(changes []gitx.Change) {
	for _, change := range changes {
		c[change.Path] = struct{}{}
	}
}

// since adds the services that are affected by what changed since a base, of
// those that are compared with it.
func (j *judgement) since(b base, changes []gitx.Change, was earlier, rep *report) {
	paths := make([]string, 0, len(changes))
	for _, c := range changes {
		paths = append(paths, c.Path)
	}
	if j.explain != "" && (b.of == nil || b.of[j.explain]) {
		rep.changes[j.explain] = append(rep.changes[j.explain], paths...)
		rep.compared = append(rep.compared, b.ID.String())
	}
	for name, cause := range j.graph.Affected(paths, was.redefined) {
		if _, ok := rep.causes[name]; ok || b.of != nil && !b.of[name] {
			continue
		}
		if own := was.redefined[name]; own.Note == isNew {
			cause = own // rather than the first of its files
		}
		rep.causes[name], rep.bases[name] = cause, b.ID.String()
		j.pushed[name] = b.of == nil
	}
}
