// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"crypto/sha1" //nolint:gosec // git names blobs by it
	"fmt"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// Branch is the name of a unit's branch where the pull requests go to the
// repository's default branch.
func Branch(key string) string { return "adze/" + key }

// branchName is the name of a unit's branch, which tells one base from another:
// adze/KEY for the repository's default branch, adze/KEY@BASE for any other. It
// is known once the default branch is.
func (r *Repository) branchName(key string) string {
	r.about.mu.Lock()
	defer r.about.mu.Unlock()
	return r.Look.Templates.affixes(r.Base, r.about.branch == r.Base).of(key)
}

// keyOf is the unit whose branch bears a name; false where it is no unit's that
// goes to this base.
func (r *Repository) keyOf(branch string) (string, bool) {
	r.about.mu.Lock()
	defer r.about.mu.Unlock()
	return r.Look.Templates.affixes(r.Base, r.about.branch == r.Base).key(branch)
}

// branch is what a unit's branch held when it was read.
type branch struct {
	// name is the branch's, and tip the commit it is at; empty when there is no branch.
	name, tip string
	// ahead tells whether it holds commits that the base does not have, and
	// behind whether the base holds others.
	ahead, behind bool
	// proposal is what its last commit proposes.
	proposal Proposal
	// foreign says what it holds that this package did not make; empty for nothing.
	foreign string
	// blobs are the files that it changed since it left the base, and the ids of
	// their contents; nil where they are too many to be known.
	blobs map[string]string
}

// readBranch reads a unit's branch against the tip of the base.
func (r *Repository) readBranch(ctx context.Context, key, base string) (branch, error) {
	if _, err := r.defaultBranch(ctx); err != nil {
		return branch{}, err
	}
	b := branch{name: r.branchName(key)}
	var err error
	if b.tip, err = r.tip(ctx, b.name); err != nil || b.tip == "" {
		return b, err
	}
	return r.readTip(ctx, b, key, base)
}

// readTip reads what a branch holds, of a unit or of [anyKey].
func (r *Repository) readTip(ctx context.Context, b branch, key, base string) (branch, error) {
	cmp, _, err := r.Client.Repositories.CompareCommits(ctx, r.Owner, r.Name, base, b.tip, &github.ListOptions{PerPage: 100})
	if err != nil {
		return branch{}, r.failed("comparing "+b.name+" with "+r.Base, err)
	}
	b.ahead, b.behind, b.blobs = cmp.GetAheadBy() > 0, cmp.GetBehindBy() > 0, blobsOf(cmp)
	if !b.ahead {
		return b, nil
	}
	return b, r.judge(ctx, &b, key, cmp)
}

// maxCompared is how many files GitHub lists in a comparison.
const maxCompared = 300

// blobsOf are the files that a comparison lists as changed; nil where some may not
// be listed. One that came, went or was renamed has no id.
func blobsOf(cmp *github.CommitsComparison) map[string]string {
	if len(cmp.Files) >= maxCompared {
		return nil
	}
	blobs := map[string]string{}
	for _, f := range cmp.Files {
		blobs[f.GetFilename()] = ""
		if f.GetStatus() == "modified" {
			blobs[f.GetFilename()] = f.GetSHA()
		}
	}
	return blobs
}

// holds tells whether the branch proposes just this, with the content that
// these files are to have. That the base went on elsewhere is no reason to write.
func (b branch) holds(p Proposal, files []manifests.Edited) bool {
	switch {
	case !b.ahead || !b.proposal.same(p):
		return false
	case b.blobs == nil:
		return !b.behind
	case len(b.blobs) != len(files):
		return false
	}
	for _, f := range files {
		if b.blobs[f.Path] != blobID(f.After) {
			return false
		}
	}
	return true
}

// blobID is the id that git gives to a file's content.
func blobID(content []byte) string {
	sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(content)), content...)) //nolint:gosec // see the import
	return fmt.Sprintf("%x", sum)
}
