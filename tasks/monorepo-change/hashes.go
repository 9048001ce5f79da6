// SPDX-License-Identifier: Apache-2.0

package monorepochange

import "context"

// addHashes adds the input hashes that the answer shows: of the affected
// services in JSON, and of the one that is explained. Without them the answer
// is as right as with them, so a failure is told and leaves them out.
func (j *judgement) addHashes(ctx context.Context, rep *report) error {
	names := rep.names()
	switch _, there := j.head.Services.Get(j.explain); {
	case there:
		names = []string{j.explain}
	case j.output != "json":
		return nil
	}
	hashes, err := j.head.Hashes(ctx, j.graph, names)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		j.origin.Repo.Log.Warn("the answer has no input hashes", "error", err)
	}
	rep.hashes = hashes
	for i, a := range rep.Affected {
		rep.Affected[i].InputHash = hashes[a.Name]
	}
	return nil
}
