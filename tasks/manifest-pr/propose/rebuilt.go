// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/manifest"
)

// maxRebuilt is how many newer commits the registry is asked about at most, the newest of
// them; comparedPage is how many come in one page of a comparison.
const (
	maxRebuilt   = 50
	comparedPage = 100
)

// rebuilt finds a newer commit of the source branch that was built into just what
// the base names by a digest. Its own run had nothing to change, and so left no trace
// that an older run could step aside for. Empty where there is none.
func (r *Repository) rebuilt(ctx context.Context, p Part, digest string) (string, error) {
	image, err := manifest.Parse(p.Image)
	if r.Built == nil || err != nil || digest == p.Digest {
		return "", nil //nolint:nilerr // an image that cannot be read was built by nobody
	}
	branch, err := r.sourceBranch(ctx)
	if err != nil {
		return "", err
	}
	commits, total, err := r.newest(ctx, p.Commit, branch)
	if absent(err) {
		return "", nil // whether the commit itself is there is asked elsewhere
	}
	if err != nil {
		return "", r.refused(fmt.Sprintf("asking %s/%s what came after %.12s", r.SourceOwner, r.SourceName, p.Commit), err)
	}
	for _, c := range slices.Backward(commits) {
		built, err := r.Built(ctx, image.Repository, c.GetSHA())
		if err != nil || built == digest {
			return c.GetSHA(), err
		}
	}
	if total > len(commits) {
		r.Log.Warn("too many newer commits to ask the registry whether the image that the manifests name is of one of them; it was asked of the newest",
			"service", p.Service, "newer", total, "asked", len(commits))
	}
	return "", nil
}

// newest are the newest commits of a branch that come after one, oldest first, and how
// many come after it; none where the branch does not hold that one. A comparison begins
// with the oldest, so that the last of its pages are wanted.
func (r *Repository) newest(ctx context.Context, after, branch string) ([]*github.RepositoryCommit, int, error) {
	page := func(n int) (*github.CommitsComparison, error) {
		cmp, _, err := r.Client.Repositories.CompareCommits(ctx, r.SourceOwner, r.SourceName, after, branch, &github.ListOptions{Page: n, PerPage: comparedPage})
		return cmp, err
	}
	cmp, err := page(1)
	if err != nil || cmp.GetStatus() != ahead {
		return nil, 0, err
	}
	total, commits := cmp.GetTotalCommits(), cmp.Commits
	last := (total + comparedPage - 1) / comparedPage
	for n := max(2, last-1); n <= last; n++ {
		more, err := page(n)
		if err != nil {
			return nil, 0, err
		}
		commits = append(commits, more.Commits...)
	}
	return commits[max(0, len(commits)-maxRebuilt):], total, nil
}

// errRebuilt says that the base came to name a newer commit's image without a change.
var errRebuilt = errors.New("the base names the image of a newer commit")

// notRebuilt looks once more after a proposal was written: a newer commit's run may
// have found nothing to change since this one began.
func (r *Repository) notRebuilt(ctx context.Context, p Proposal) error {
	for _, part := range p.Parts {
		for _, digest := range part.bareDigests() {
			by, err := r.rebuilt(ctx, part, digest)
			if err != nil {
				return err
			}
			if by != "" {
				return fmt.Errorf("%w: %w %.7s", errOvertaken, errRebuilt, by)
			}
		}
	}
	return nil
}

// bareDigests are those that a part replaces and that no commit's tag stands beside.
func (p Part) bareDigests() []string {
	var all []string
	for _, e := range p.Edits {
		if digest, _, commit := version(e.Old); digest != "" && commit == "" && isCommit(p.Commit) && !slices.Contains(all, digest) {
			all = append(all, digest)
		}
	}
	return all
}
