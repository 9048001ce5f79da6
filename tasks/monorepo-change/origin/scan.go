// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"context"
	"log/slog"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
)

// Scanned is a commit with the graph of its services.
type Scanned struct {
	*Commit
	Repo  *gitx.Repo
	Graph *monorepo.Graph
}

// Scan reads what the services of the revision are made of. Without the revision
// there is no answer.
func (o *Options) Scan(ctx context.Context, log *slog.Logger) (*Scanned, error) {
	repo, err := o.Open(log)
	if err != nil {
		return nil, err
	}
	c, err := repo.Resolve(ctx, o.Revision)
	if err != nil {
		return nil, step.NoAnswer("reading the revision %s: %w", o.Revision, err)
	}
	commit, err := o.Load(ctx, repo, c)
	if err != nil {
		return nil, err
	}
	graph, err := monorepo.Scan(ctx, commit.Config, commit.Services, commit.Files)
	if err != nil {
		return nil, err
	}
	return &Scanned{commit, repo, graph}, nil
}
