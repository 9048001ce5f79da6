// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

// decorate does the extras that were not done yet, with one request for each kind of
// them, and then marks them as done with one more. A run that dies before the mark
// is repaired by the next. What the forge refuses is said and tried again by the next
// run: a name that is wrong is no reason to hold back a version.
func (r *Repository) decorate(ctx context.Context, pr *github.PullRequest, key, tip string) error {
	m := readMark(pr.GetBody())
	var done, ask []extra
	for _, e := range m.missing(r.Look.Extras.all()) {
		if has(pr, e) {
			done = append(done, e)
		} else {
			ask = append(ask, e)
		}
	}
	if m.has(backToQueue) && len(names(ask, kindAutoMerge)) == 0 {
		ask = append(ask, backToQueue)
	}
	now, err := r.doExtras(ctx, pr, tip, ask)
	if err != nil {
		return err
	}
	if done = append(done, now...); len(done) == 0 {
		return nil
	}
	if len(names(done, kindAutoMerge)) > 0 {
		m, done = m.without(backToQueue), slices.DeleteFunc(done, func(e extra) bool { return e == backToQueue })
	}
	if err := r.setMark(ctx, pr, m.with(done)); err != nil {
		return err
	}
	// The mark was written with the text around it, which a faster run may have changed.
	return r.confirm(ctx, key, tip)
}

// doExtras does extras kind by kind, and gives those that the forge took.
func (r *Repository) doExtras(ctx context.Context, pr *github.PullRequest, tip string, ask []extra) (done []extra, err error) {
	merge := func(ctx context.Context, pr *github.PullRequest, some []extra) error {
		return r.autoMerge(ctx, pr, tip, some[0].name)
	}
	for _, one := range []struct {
		kinds []string
		do    func(context.Context, *github.PullRequest, []extra) error
	}{
		{[]string{kindLabel}, r.addLabels}, {[]string{kindAssignee}, r.addAssignees}, {[]string{kindReviewer, kindTeam}, r.askReviewers},
		{[]string{kindMilestone}, r.setMilestone}, {[]string{kindAutoMerge}, merge},
	} {
		some := slices.DeleteFunc(slices.Clone(ask), func(e extra) bool { return !slices.Contains(one.kinds, e.kind) })
		if len(some) == 0 {
			continue
		}
		switch err := one.do(ctx, pr, some); {
		case err == nil:
			done = append(done, some...)
		case errors.Is(err, errNoWait):
			done = append(done, r.tellNoWait(pr)...)
		case refusal(err):
			r.Log.Warn("the forge refuses something beside the proposal", "pull request", pr.GetHTMLURL(), "cause", err.Error())
			for _, hint := range step.Hints(err) {
				r.Log.Info("hint: " + hint)
			}
		default:
			return nil, err
		}
	}
	return done, nil
}

// refusal tells that the forge understood and does not want to.
func refusal(err error) bool {
	var graph *graphQLError
	var milestone *noMilestone
	s := status(err)
	return errors.As(err, &graph) || errors.As(err, &milestone) ||
		s >= http.StatusBadRequest && s < http.StatusInternalServerError && s != http.StatusTooManyRequests && !silent(err)
}

// setMark writes the mark, and leaves the text around it as it was read.
func (r *Repository) setMark(ctx context.Context, pr *github.PullRequest, m mark) error {
	body := m.on(pr.GetBody())
	_, _, err := r.Client.PullRequests.Edit(ctx, r.Owner, r.Name, pr.GetNumber(), &github.PullRequest{Body: &body})
	if err != nil {
		return r.failed(fmt.Sprintf("marking what was done with pull request %d", pr.GetNumber()), err)
	}
	pr.Body = &body
	return nil
}

func (r *Repository) addLabels(ctx context.Context, pr *github.PullRequest, some []extra) error {
	_, _, err := r.Client.Issues.AddLabelsToIssue(ctx, r.Owner, r.Name, pr.GetNumber(), names(some, kindLabel))
	return r.beside("labels", some, err)
}

// addAssignees warns of those whom the forge left out, which it does without a word.
func (r *Repository) addAssignees(ctx context.Context, pr *github.PullRequest, some []extra) error {
	issue, _, err := r.Client.Issues.AddAssignees(ctx, r.Owner, r.Name, pr.GetNumber(), names(some, kindAssignee))
	if err == nil {
		shown := &github.PullRequest{Assignees: issue.Assignees}
		if slices.ContainsFunc(some, func(e extra) bool { return !has(shown, e) }) {
			r.Log.Warn("the forge left out some assignees", "pull request", pr.GetHTMLURL(), "asked for", names(some, kindAssignee))
		}
	}
	return r.beside("assignees", some, err)
}

// laggingReviews is how often a review is asked for while the forge does not know
// the pull request yet, or a reviewer.
const laggingReviews = 4

func (r *Repository) askReviewers(ctx context.Context, pr *github.PullRequest, some []extra) error {
	ask := github.ReviewersRequest{Reviewers: names(some, kindReviewer), TeamReviewers: names(some, kindTeam)}
	for try := 1; ; try++ {
		_, _, err := r.Client.PullRequests.RequestReviewers(ctx, r.Owner, r.Name, pr.GetNumber(), ask)
		if try == laggingReviews || !says(err, "could not resolve to a node") {
			return r.beside("reviewers", some, err)
		}
		if err := retry.Sleep(ctx, 200*time.Millisecond<<try); err != nil {
			return err
		}
	}
}

func (r *Repository) beside(what string, some []extra, err error) error {
	if err == nil {
		return nil
	}
	var all []string
	for _, e := range some {
		all = append(all, e.name)
	}
	return r.failed(fmt.Sprintf("adding %s %s", what, strings.Join(all, ", ")), err)
}
