// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"slices"
)

// weigh finds, by service, the newer versions that this run steps aside for:
// those that the base names, that the branch proposes, or that a person turned down.
func (r *Repository) weigh(ctx context.Context, st state, mine Proposal) (map[string]Newer, error) {
	aside := map[string]Newer{}
	for _, part := range mine.Parts {
		others, err := r.namedAt(ctx, st.base.commit, part)
		if err != nil {
			return nil, err
		}
		others = append(others, st.head.proposal.part(part.Service).Commit, st.declined.part(part.Service).Commit)
		by, err := r.newer(ctx, part.Commit, others...)
		if err != nil {
			return nil, err
		}
		if by != "" {
			aside[part.Service] = Newer{Commit: by}
		}
	}
	return aside, nil
}

// behindBase tells whether the base names just what a part proposes, or something newer.
// Seen is a part of the same service that was planned on the base.
func (r *Repository) behindBase(ctx context.Context, base string, part, seen Part) (bool, error) {
	named, err := r.namedAt(ctx, base, seen)
	if err != nil || part.Commit != "" && slices.Contains(named, part.Commit) {
		return err == nil, err
	}
	by, err := r.newer(ctx, part.Commit, named...)
	if absent(err) && absent(r.readCommit(ctx, part.Commit)) {
		return r.outlasted(ctx, part, named)
	}
	return by != "", err
}

// outlasted judges a part whose commit is gone from the sources, as after a forced
// push: a version that the base names, and whose commit is still there, takes its place.
func (r *Repository) outlasted(ctx context.Context, part Part, named []string) (bool, error) {
	for _, commit := range named {
		switch err := r.readCommit(ctx, commit); {
		case err == nil:
			r.Log.Warn("no longer proposed, for its commit is gone from the source repository", "service", part.Service, "gone", part.Commit, "base names", commit)
			return true, nil
		case !absent(err):
			return false, err
		}
	}
	r.Log.Warn("still proposed, though its commit is gone from the source repository like that of the base", "service", part.Service, "gone", part.Commit)
	return false, nil
}

// join makes one unit of the services that do not step aside, and of what the branch
// proposes for all others. That is left out where the base names it, or something newer.
func (r *Repository) join(ctx context.Context, u Unit, st *state, aside map[string]Newer) (Unit, error) {
	whole := Unit{Key: u.Key}
	for _, s := range u.Services {
		if _, left := aside[s.Name]; !left {
			whole.Services = append(whole.Services, s)
		}
	}
	kept := map[string]Part{}
	for _, part := range st.carried() {
		if _, mine := whole.find(part.Service); !mine {
			kept[part.Service] = part
		}
	}
	if len(kept) == 0 && len(aside) == 0 {
		return u, nil
	}
	more, err := r.rooted(ctx, st.base, r.carryAll(u, kept))
	if err != nil {
		return u, err
	}
	whole.Services = append(whole.Services, more.Services...)
	whole.sort()
	if err := r.replan(ctx, whole, st); err != nil || len(more.Services) == 0 {
		return whole, err
	}
	return r.withoutMerged(ctx, whole, st, kept)
}

// carryAll makes services out of what the branch proposes.
func (r *Repository) carryAll(u Unit, kept map[string]Part) Unit {
	more := Unit{Key: u.Key}
	for _, part := range kept {
		s, ok := u.carry(part)
		if !ok {
			r.Log.Warn("no longer proposed, for its image cannot be read", "service", part.Service, "image", part.Image)
			continue
		}
		more.Services = append(more.Services, s)
	}
	return more
}

// withoutMerged drops the services kept of the branch that the base has overtaken.
func (r *Repository) withoutMerged(ctx context.Context, u Unit, st *state, kept map[string]Part) (Unit, error) {
	rest, planned := Unit{Key: u.Key}, propose(u, st.plan)
	for i, s := range u.Services {
		part, carried := kept[s.Name]
		behind, err := carried, error(nil)
		if carried {
			behind, err = r.behindBase(ctx, st.base.commit, part, planned.Parts[i])
		}
		if err != nil {
			return u, err
		}
		if !behind {
			rest.Services = append(rest.Services, s)
		}
	}
	if len(rest.Services) == len(u.Services) {
		return u, nil
	}
	return rest, r.replan(ctx, rest, st)
}

func (r *Repository) replan(ctx context.Context, u Unit, st *state) error {
	var err error
	st.plan, err = u.plan(ctx, st.base)
	return err
}

// carried are the parts that the branch proposes already and that are still of use.
func (st *state) carried() []Part {
	if st.head.foreign != "" || st.settled() {
		return nil
	}
	return st.head.proposal.Parts
}

// settled tells whether the branch is what is left of a pull request that was
// merged, or that a person closed.
func (st *state) settled() bool {
	if len(st.open) > 0 || st.last == nil || st.last.GetHead().GetSHA() != st.head.tip {
		return false
	}
	return st.last.MergedAt != nil || len(st.declined.Parts) > 0
}
