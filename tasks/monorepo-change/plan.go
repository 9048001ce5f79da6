// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"context"
	"fmt"
	"slices"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/monorepo-change/origin"
)

// deployedBase is the base that each service has of its own.
const deployedBase = "deployed"

// base is a commit to compare with.
type base struct {
	gitx.Commit
	// of are the services that are compared with it; nil stands for all.
	of map[string]bool
}

// plan says what the head is compared with.
type plan struct {
	// bases are none where all services are affected, for the reason.
	bases []base
	// states are what is known of each service's base; nil where all have one.
	states map[string]state
	// reason says how the bases were found, or why there are none.
	reason string
}

// state is what is known of one service's own base.
type state struct {
	// doubt says why the service is affected whatever differs.
	doubt string
	// new tells that no manifest names it.
	new bool
}

// plan finds the bases. Only an error that ends everything is returned; any
// other leaves the plan without a base.
func (o *options) plan(ctx context.Context, repo *gitx.Repo, head *origin.Commit) (plan, error) {
	if o.base == deployedBase {
		return o.planDeployed(ctx, repo, head)
	}
	s, err := o.span(ctx, repo, head.Commit)
	if err != nil || s.base == nil {
		return plan{reason: s.reason}, err
	}
	return plan{bases: []base{{Commit: *s.base}}, reason: s.reason}, nil
}

// planDeployed compares each service with what is deployed of it, and all with
// the commit before the push, where there was a push: a change that was taken
// back before it was deployed must still refresh what an open pull request proposes.
func (o *options) planDeployed(ctx context.Context, repo *gitx.Repo, head *origin.Commit) (plan, error) {
	services := o.asked(head.Services)
	for i, s := range services {
		services[i].Image = s.ImageIn(o.registry)
	}
	found, err := o.deployed.Find(ctx, o.origin.Repo, repo, services)
	if ctx.Err() != nil || step.CodeOf(err) == step.CodeMisused {
		return plan{}, err
	}
	if err != nil {
		return plan{reason: fmt.Sprintf("what is deployed is not known: %v", err)}, nil
	}
	p := plan{states: map[string]state{}, reason: "compared with what is deployed by the manifests at " + found.At.ID.String()}
	at := map[gitx.ID]int{}
	for _, s := range services {
		st := found.States[s.Name]
		p.states[s.Name] = state{st.Doubt, st.New}
		for _, c := range st.Commits {
			i, ok := at[c.ID]
			if !ok {
				i = len(p.bases)
				at[c.ID] = i
				p.bases = append(p.bases, base{c, map[string]bool{}})
			}
			p.bases[i].of[s.Name] = true
		}
	}
	if o.before == "" || o.before == zeros {
		return p, nil
	}
	push, err := o.span(ctx, repo, head.Commit)
	if err != nil || push.base == nil {
		return plan{reason: push.reason}, err
	}
	p.bases = append(p.bases, base{Commit: *push.base})
	return p, nil
}

// asked are the services that an answer is wanted for.
func (o *options) asked(s monorepo.Services) []monorepo.Service {
	if o.service == "" {
		return slices.Clone(s.All)
	}
	if one, ok := s.Get(o.service); ok {
		return []monorepo.Service{one}
	}
	return nil
}
