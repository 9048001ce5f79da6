// SPDX-License-Identifier: Apache-2.0

package deployed

import (
	"context"
	"fmt"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
)

// State is what is known of one service.
type State struct {
	// Commits are what its manifests name, in the order of files and lines.
	Commits []gitx.Commit
	// Doubt says why that is not all; empty where it is.
	Doubt string
	// New tells that no manifest names the service.
	New bool
}

// Answer is what is known of all services.
type Answer struct {
	// At is the commit of the manifests.
	At gitx.Commit
	// States has a key for each service that was asked for.
	States map[string]State
}

// Find reads which commits of services are deployed. The repository that the
// services are built from is given with the options that it was opened with.
// An error means that nothing could be known of any service.
func (o *Options) Find(ctx context.Context, from gitx.Options, repo *gitx.Repo, services []monorepo.Service) (*Answer, error) {
	o.registry.CAFiles = []string{from.CAFile}
	images, err := o.registry.Client(from.Log)
	if err != nil {
		return nil, err
	}
	l, at, err := o.ledger(ctx, from, repo, services)
	if err != nil {
		return nil, err
	}
	revisions := askRevisions(ctx, images, l.references())
	commits, err := loadCommits(ctx, repo, l.popular(revisions))
	if err != nil {
		return nil, fmt.Errorf("reading the commits that are deployed: %w", err)
	}
	a := &Answer{At: at, States: map[string]State{}}
	for _, s := range services {
		a.States[s.Name] = l.state(s, revisions, commits)
	}
	return a, ctx.Err()
}

// ledger reads what manifests say of services, and at which commit.
func (m *Manifests) ledger(ctx context.Context, from gitx.Options, repo *gitx.Repo, services []monorepo.Service) (*ledger, gitx.Commit, error) {
	where, err := m.open(from, repo)
	if err != nil {
		return nil, gitx.Commit{}, err
	}
	at, err := m.tip(ctx, where)
	if err != nil {
		return nil, gitx.Commit{}, fmt.Errorf("finding the commit of the manifests: %w", err)
	}
	l := newLedger(services, m.paths)
	if err := l.read(ctx, where.Snapshot(at)); err != nil {
		return nil, gitx.Commit{}, fmt.Errorf("reading the manifests of %s: %w", at.ID, err)
	}
	return l, at, nil
}

// tip is the commit that manifests are read at.
func (m *Manifests) tip(ctx context.Context, repo *gitx.Repo) (gitx.Commit, error) {
	if m.revision != "" {
		return repo.Resolve(ctx, m.revision)
	}
	ref, err := repo.Default(ctx)
	if err != nil {
		return gitx.Commit{}, err
	}
	return repo.Resolve(ctx, ref.ID.String())
}

// state puts together what is known of a service.
func (l *ledger) state(s monorepo.Service, revisions map[string]revision, commits *commits) State {
	st := State{Doubt: l.doubts[s.Name]}
	seen := map[gitx.ID]bool{}
	doubt := func(format string, args ...any) {
		if st.Doubt == "" {
			st.Doubt = fmt.Sprintf(format, args...)
		}
	}
	for _, u := range l.uses[s.Name] {
		r := u.revision(revisions)
		if r.doubt != "" {
			doubt("%s %s", u.place(), r.doubt)
			continue
		}
		c, err := commits.get(r.id)
		switch {
		case err != nil:
			doubt("%s names the commit %s: %v", u.place(), r.id, err)
		case !seen[c.ID]:
			seen[c.ID] = true
			st.Commits = append(st.Commits, c)
		}
	}
	if len(l.uses[s.Name]) == 0 && st.Doubt == "" {
		st.New, st.Doubt = true, "no manifest names its image "+s.Image
	}
	return st
}
