// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"context"
	"io"
	"log/slog"

	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// wouldChange is the outcome of a dry run that found something to do.
const wouldChange propose.Kind = "would-change"

// dryRun shows what would be proposed.
type dryRun struct {
	folder *manifests.Folder
	out    io.Writer
	log    *slog.Logger
}

func (d dryRun) show(ctx context.Context, s manifests.Service) (propose.Outcome, error) {
	plan, err := manifests.Edit(ctx, d.folder, s)
	if err != nil {
		return propose.Outcome{}, err
	}
	plan.Warn(d.log, s.Name)
	for _, f := range plan.Files {
		if err := f.WriteDiff(d.out); err != nil {
			return propose.Outcome{}, err
		}
	}
	if len(plan.Files) > 0 {
		return propose.Outcome{Kind: wouldChange}, nil
	}
	return propose.Outcome{Kind: propose.Unchanged}, nil
}
