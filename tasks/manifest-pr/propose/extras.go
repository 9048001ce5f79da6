// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"
)

// Extras are what is done with a pull request once, beside its title and text.
// What a person takes back afterwards is not done again.
type Extras struct {
	// Draft opens pull requests as drafts.
	Draft bool
	// Labels and Assignees are added to those that are there.
	Labels, Assignees []string
	// Reviewers and Teams, by login and by slug, are asked for a review.
	Reviewers, Teams []string
	// Milestone is the number or the title of one that is open; empty for none.
	Milestone string
	// AutoMerge is how the forge is to merge once it may: merge, squash or
	// rebase; empty when it is not to.
	AutoMerge string
}

// The kinds of extras, in the order in which they are done. The merge comes after what
// may be asked of a pull request before it is merged.
const (
	kindLabel     = "label"
	kindAssignee  = "assignee"
	kindReviewer  = "reviewer"
	kindTeam      = "team"
	kindMilestone = "milestone"
	kindAutoMerge = "auto-merge"
)

// kindRequest is no extra that is asked for: it is the request that opened a pull request.
const kindRequest = "request"

// all are the extras that are asked for.
func (x Extras) all() []extra {
	var all []extra
	add := func(kind string, names ...string) {
		for _, name := range names {
			all = append(all, extra{kind, name})
		}
	}
	add(kindLabel, x.Labels...)
	add(kindAssignee, x.Assignees...)
	add(kindReviewer, x.Reviewers...)
	add(kindTeam, x.Teams...)
	if x.Milestone != "" {
		add(kindMilestone, x.Milestone)
	}
	if x.AutoMerge != "" {
		add(kindAutoMerge, x.AutoMerge)
	}
	return all
}

// names are those of one kind.
func names(all []extra, kind string) []string {
	var found []string
	for _, e := range all {
		if e.kind == kind {
			found = append(found, e.name)
		}
	}
	return found
}

// has tells whether a pull request shows an extra already. Who opened it cannot
// review it, so for them nothing is left to do.
func has(pr *github.PullRequest, e extra) bool {
	switch e.kind {
	case kindLabel:
		return slices.ContainsFunc(pr.Labels, func(l *github.Label) bool { return strings.EqualFold(l.GetName(), e.name) })
	case kindAssignee:
		return slices.ContainsFunc(pr.Assignees, func(u *github.User) bool { return strings.EqualFold(u.GetLogin(), e.name) })
	case kindReviewer:
		return strings.EqualFold(pr.GetUser().GetLogin(), e.name) ||
			slices.ContainsFunc(pr.RequestedReviewers, func(u *github.User) bool { return strings.EqualFold(u.GetLogin(), e.name) })
	case kindTeam:
		return slices.ContainsFunc(pr.RequestedTeams, func(t *github.Team) bool { return strings.EqualFold(t.GetSlug(), e.name) })
	case kindMilestone:
		return pr.Milestone != nil
	case kindAutoMerge:
		return pr.AutoMerge != nil
	}
	return false
}
