// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/go-github/v60/github"
)

// newer finds, among what the branch proposes and what the base names, a
// version whose source commit is a descendant of this one's. Commits that are not
// related, or not known, are no reason to step aside.
func (r *Repository) newer(ctx context.Context, mine string, others ...string) (string, error) {
	if !isCommit(mine) {
		return "", nil
	}
	asked := map[string]bool{"": true, mine: true}
	for _, other := range others {
		if asked[other] || !isCommit(other) {
			continue
		}
		asked[other] = true
		cmp, _, err := r.Client.Repositories.CompareCommits(ctx, r.SourceOwner, r.SourceName, mine, other, &github.ListOptions{PerPage: 1})
		if s := status(err); s == http.StatusNotFound || s == http.StatusUnprocessableEntity {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("asking %s/%s which of %.7s and %.7s is newer: %w", r.SourceOwner, r.SourceName, mine, other, err)
		}
		if cmp.GetStatus() == "ahead" {
			return other, nil
		}
	}
	return "", nil
}
