// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"slices"
	"strings"
)

func reviewerRoutes() []Route {
	const path = " /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers"
	return []Route{
		rest("GET"+path, "pull_requests:read").to((*call).listReviewers),
		rest("POST"+path, "pull_requests:write").to((*call).requestReviewers),
		rest("DELETE"+path, "pull_requests:write").to((*call).removeReviewers),
	}
}

type reviewersBody struct {
	Reviewers []string `json:"reviewers"`
	Teams     []string `json:"team_reviewers"`
}

// AddTeam makes a team that may review in OWNER/NAME.
func (s *Server) AddTeam(fullName, slug string) error {
	repo, err := s.lockRepo(fullName)
	if err != nil {
		return err
	}
	defer repo.mu.Unlock()
	repo.teams[slug] = s.newID()
	return nil
}

// renderTeams renders teams as lists of pull requests and of reviewers have
// them, with their parent; single pull requests leave that out.
func (c *call) renderTeams(slugs []string) []any {
	out := []any{}
	for _, slug := range slugs {
		id := c.repo.teams[slug]
		u := c.links.api("/organizations/%d/team/%d", c.repo.owner.ID, id)
		out = append(out, object{
			"id": id, "node_id": nodeID("T", id), "url": u, "html_url": c.links.site("/orgs/%s/teams/%s", c.repo.owner.Login, slug),
			"name": slug, "slug": slug, "description": nil, "privacy": "closed", "notification_setting": "notifications_enabled",
			"permission": "push", "members_url": u + "/members{/member}", "repositories_url": u + "/repos", "parent": nil, "type": "organization",
			"organization_id": c.repo.owner.ID,
		})
	}
	return out
}

func (c *call) listReviewers() error {
	i, err := c.pull()
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, object{"users": users(c.links, i.pull.reviewers), "teams": c.renderTeams(i.pull.teams)})
}

// requestReviewers refuses the whole request when one of them cannot review.
func (c *call) requestReviewers() error {
	i, err := c.pull()
	if err != nil {
		return err
	}
	var body reviewersBody
	if err := c.body(&body); err != nil {
		return err
	}
	var found []*account
	for _, login := range body.Reviewers {
		a := c.account(login)
		if a == nil || a.Kind != "User" {
			return unprocessable("Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the %s repository.", c.repo.fullName())
		}
		if a == i.user {
			return unprocessable("Review cannot be requested from pull request author.")
		}
		found = append(found, a)
	}
	for _, slug := range body.Teams {
		if c.repo.teams[slug] == 0 {
			return unprocessable("Could not resolve to a node with the global id of %q.", slug)
		}
	}
	c.addReviewers(i, found, body.Teams)
	return c.answerSimple(http.StatusCreated, i)
}

func (c *call) addReviewers(i *issue, found []*account, teams []string) {
	for _, a := range found {
		if !slices.Contains(i.pull.reviewers, a) {
			i.pull.reviewers = append(i.pull.reviewers, a)
			c.mover().pullEvent(c.ctx(), i, "review_requested", object{"requested_reviewer": user(c.links, a)})
		}
	}
	for _, slug := range teams {
		if !slices.Contains(i.pull.teams, slug) {
			i.pull.teams = append(i.pull.teams, slug)
		}
	}
}

func (c *call) removeReviewers() error {
	i, err := c.pull()
	if err != nil {
		return err
	}
	var body reviewersBody
	if err := c.body(&body); err != nil {
		return err
	}
	p := i.pull
	for _, a := range slices.Clone(p.reviewers) {
		if !containsFold(body.Reviewers, a.Login) {
			continue
		}
		p.reviewers = slices.DeleteFunc(p.reviewers, func(x *account) bool { return x == a })
		c.mover().pullEvent(c.ctx(), i, "review_request_removed", object{"requested_reviewer": user(c.links, a)})
	}
	p.teams = slices.DeleteFunc(p.teams, func(t string) bool {
		return slices.ContainsFunc(body.Teams, func(x string) bool { return strings.EqualFold(x, t) })
	})
	return c.answerSimple(http.StatusOK, i)
}

func (c *call) answerSimple(status int, i *issue) error {
	out, err := c.mover().renderPull(c.ctx(), i, false)
	if err != nil {
		return err
	}
	return c.json(status, out)
}
