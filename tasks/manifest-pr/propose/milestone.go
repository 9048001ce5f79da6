// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/plain"
)

// milestonePages is how many pages of open milestones are searched for a title, of
// 100 each, and milestonesNamed how many are named where it is not among them.
const (
	milestonePages  = 10
	milestonesNamed = 10
)

// setMilestone takes digits for a number, or for a title where the forge has no such number.
func (r *Repository) setMilestone(ctx context.Context, pr *github.PullRequest, some []extra) error {
	set := func(number int) error {
		_, _, err := r.Client.Issues.Edit(ctx, r.Owner, r.Name, pr.GetNumber(), &github.IssueRequest{Milestone: &number})
		return err
	}
	number, err := strconv.Atoi(some[0].name)
	if err == nil {
		if err = set(number); status(err) != http.StatusUnprocessableEntity {
			return r.beside("the milestone", some, err)
		}
	}
	titled, lookErr := r.milestone(ctx, some[0].name)
	switch {
	case lookErr == nil:
		err = set(titled)
	case number == 0:
		err = lookErr
	}
	return r.beside("the milestone", some, err)
}

// milestone is the number of the open milestone that has a title. The error is a
// *noMilestone when none has.
func (r *Repository) milestone(ctx context.Context, name string) (int, error) {
	var open []string
	for page := 1; page != 0 && page <= milestonePages; {
		some, resp, err := r.Client.Issues.ListMilestones(ctx, r.Owner, r.Name, &github.MilestoneListOptions{ListOptions: github.ListOptions{Page: page, PerPage: 100}})
		if err != nil {
			return 0, err
		}
		for _, m := range some {
			if strings.EqualFold(m.GetTitle(), name) {
				return m.GetNumber(), nil
			}
			open = append(open, m.GetTitle())
		}
		page = resp.NextPage
	}
	return 0, &noMilestone{open}
}

// noMilestone tells which milestones are open where none has the title.
type noMilestone struct{ open []string }

func (e *noMilestone) Error() string {
	if len(e.open) == 0 {
		return "the repository has no open milestone"
	}
	var named []string
	for _, title := range e.open[:min(len(e.open), milestonesNamed)] {
		named = append(named, plain.Line(title, maxCell))
	}
	if more := len(e.open) - len(named); more > 0 {
		named = append(named, fmt.Sprintf("and %d more", more))
	}
	return "no open milestone has this title; there are: " + strings.Join(named, ", ")
}
