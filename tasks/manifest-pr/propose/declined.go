// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
)

// ErrDeclined says that a person closed the pull request that proposed just this.
var ErrDeclined = errors.New("not opening again what a person closed")

// closedByUs marks the comment with which this package closes a pull request.
// One that is closed without it was closed by a person.
const closedByUs = "<!-- adze:closed -->"

// decline reads what is not to be proposed again: the proposal of the newest pull request,
// where that was closed by a person and not merged. Where this package closed it
// for what the base names, it is the commits of that.
func (r *Repository) decline(ctx context.Context, key string, st state) (Proposal, error) {
	pr := st.last
	if len(st.open) > 0 || pr == nil || pr.MergedAt != nil {
		return Proposal{}, nil
	}
	said, err := r.marked(ctx, pr)
	if err != nil || said != "" {
		return namedIn(said), err
	}
	if pr.GetHead().GetSHA() == st.head.tip {
		return st.head.proposal, nil
	}
	return r.proposedBy(ctx, key, pr)
}

// proposedBy reads what a pull request proposes out of its own commits, which
// stay when its branch goes.
func (r *Repository) proposedBy(ctx context.Context, key string, pr *github.PullRequest) (Proposal, error) {
	commits, _, err := r.Client.PullRequests.ListCommits(ctx, r.Owner, r.Name, pr.GetNumber(), &github.ListOptions{PerPage: 100})
	if err != nil {
		return Proposal{}, r.failed(fmt.Sprintf("listing the commits of pull request %d", pr.GetNumber()), err)
	}
	var last Proposal
	for _, c := range commits {
		if p, ours := proposalOf(key, c); ours {
			last = p
		}
	}
	return last, nil
}

// marked tells whether it was this package that closed a pull request, or was about to:
// whoever opened it said so, in the comment given. What others write there says nothing.
func (r *Repository) marked(ctx context.Context, pr *github.PullRequest) (said string, err error) {
	comments, _, err := r.Client.Issues.ListComments(ctx, r.Owner, r.Name, pr.GetNumber(), &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}})
	if err != nil {
		return "", r.failed(fmt.Sprintf("listing the comments on pull request %d", pr.GetNumber()), err)
	}
	for _, c := range comments {
		if c.GetUser().GetLogin() == pr.GetUser().GetLogin() && strings.Contains(c.GetBody(), closedByUs) {
			return c.GetBody(), nil
		}
	}
	return "", nil
}

// namedMark tells, out of people's sight, which commits' versions the base names.
// It names them otherwise where two commits were built into one image.
func (u Unit) namedMark() string {
	var b strings.Builder
	for _, s := range u.Services {
		if isCommit(s.Commit) {
			fmt.Fprintf(&b, "<!-- adze:named %s %s -->", s.Name, s.Commit)
		}
	}
	return b.String()
}

var namedMarks = regexp.MustCompile(`<!-- adze:named ([^ ]+) ([0-9a-f]{40}) -->`)

// namedIn reads the marks of namedMark: parts that name no image, and so are like no other.
func namedIn(text string) Proposal {
	var p Proposal
	for _, found := range namedMarks.FindAllStringSubmatch(text, -1) {
		p.Parts = append(p.Parts, Part{Service: found[1], Commit: found[2]})
	}
	return p
}

// covers tells whether a proposal holds all parts of another.
func (p Proposal) covers(q Proposal) bool {
	for _, part := range q.Parts {
		if mine := p.part(part.Service); mine.Service == "" || mine.Commit != part.Commit || mine.Image != part.Image {
			return false
		}
	}
	return len(q.Parts) > 0
}

// turnedDown leaves a proposal to newer versions that others propose: a run that gives
// way to them deletes the branch, and with it closes what another run opened meanwhile.
// Otherwise it was a person.
func (r *Repository) turnedDown(ctx context.Context, st state, p Proposal) (Outcome, error) {
	newer, err := r.rivals(ctx, p)
	switch {
	case err != nil:
		return Outcome{}, err
	case len(newer) == len(p.Parts):
		return leaving(newer), nil
	}
	return Outcome{}, r.respect(ctx, st)
}

// respect leaves alone what a person turned down. The branch that is left of it goes away.
func (r *Repository) respect(ctx context.Context, st state) error {
	if st.head.foreign == "" && st.head.tip == st.last.GetHead().GetSHA() {
		if err := r.removeBranch(ctx, st.head.name, st.head.tip); err != nil {
			return err
		}
	}
	return step.Hint(fmt.Errorf("pull request %d proposed the same: %w", st.last.GetNumber(), ErrDeclined),
		"restore its branch and reopen %s, or push a newer commit", st.last.GetHTMLURL())
}
