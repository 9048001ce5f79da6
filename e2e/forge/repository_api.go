// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"os"
	"strings"
)

func repoRoutes() []Route {
	return []Route{
		rest("GET /repos/{owner}/{repo}", "metadata:read").to((*call).getRepo),
		rest("PATCH /repos/{owner}/{repo}", "administration:write").to((*call).updateRepo),
		rest("DELETE /repos/{owner}/{repo}", "administration:write").to((*call).deleteRepo),
		rest("POST /user/repos", "").to((*call).createUserRepo),
		rest("POST /orgs/{org}/repos", "").to((*call).createOrgRepo),
	}
}

func (c *call) getRepo() error { return c.json(http.StatusOK, c.fullRepo()) }

func (c *call) fullRepo() object {
	out := renderRepo(c.links, c.repo)
	out["network_count"], out["subscribers_count"] = 0, 0
	write := c.token != nil && c.token.may("contents", "write") && c.token.reaches(c.repo.fullName())
	admin := c.token != nil && c.token.may("administration", "write") && write
	out["permissions"] = object{"admin": admin, "maintain": admin, "push": write, "triage": write, "pull": true}
	return out
}

func (c *call) updateRepo() error {
	var body struct {
		Description         *string `json:"description"`
		DefaultBranch       *string `json:"default_branch"`
		Private             *bool   `json:"private"`
		AllowAutoMerge      *bool   `json:"allow_auto_merge"`
		DeleteBranchOnMerge *bool   `json:"delete_branch_on_merge"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if b := body.DefaultBranch; b != nil {
		if _, err := c.repo.git.Ref(c.ctx(), "refs/heads/"+*b); err != nil {
			return custom("Repository", "The branch %s was not found. Please push that ref first or create it via the Git Data API.", *b)
		}
		if err := c.repo.git.SetHead(c.ctx(), *b); err != nil {
			return err
		}
		c.repo.defaultBranch = *b
	}
	setIf(&c.repo.description, body.Description)
	setIf(&c.repo.private, body.Private)
	setIf(&c.repo.autoMerge, body.AllowAutoMerge)
	setIf(&c.repo.deleteBranchOnMerge, body.DeleteBranchOnMerge)
	return c.json(http.StatusOK, c.fullRepo())
}

// deleteRepo takes the repository away, from the disk too.
func (c *call) deleteRepo() error {
	if err := os.RemoveAll(c.repo.git.Dir); err != nil {
		return err
	}
	c.mu.Lock()
	delete(c.repos, strings.ToLower(c.repo.fullName()))
	c.mu.Unlock()
	return c.noContent()
}

func setIf[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (c *call) createUserRepo() error {
	if c.token == nil {
		return refuse(http.StatusUnauthorized, "Requires authentication")
	}
	return c.createRepo(c.actor.Login)
}

func (c *call) createOrgRepo() error {
	if c.token == nil {
		return refuse(http.StatusUnauthorized, "Requires authentication")
	}
	org := c.account(c.param("org"))
	if org == nil || org.Kind != "Organization" {
		return notFound()
	}
	return c.createRepo(org.Login)
}

func (c *call) createRepo(owner string) error {
	var body struct {
		Name                string `json:"name"`
		Description         string `json:"description"`
		Private             bool   `json:"private"`
		AutoInit            bool   `json:"auto_init"`
		AllowAutoMerge      bool   `json:"allow_auto_merge"`
		DeleteBranchOnMerge bool   `json:"delete_branch_on_merge"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if !repoName.MatchString(body.Name) {
		return invalid("Repository", "name", "missing_field")
	}
	if c.findRepo(owner, body.Name) != nil {
		return &apiError{Status: http.StatusUnprocessableEntity, Message: "Repository creation failed.", Errors: []any{object{
			"resource": "Repository", "code": "custom", "field": "name", "message": "name already exists on this account"}}}
	}
	o := RepoOptions{Owner: owner, Name: body.Name, Description: body.Description, Private: body.Private,
		AllowAutoMerge: body.AllowAutoMerge, DeleteBranchOnMerge: body.DeleteBranchOnMerge, Author: c.actor.Login}
	if body.AutoInit {
		o.Files = map[string]string{"README.md": "# " + body.Name + "\n"}
	}
	if err := c.CreateRepo(c.ctx(), o); err != nil {
		return err
	}
	c.repo = c.findRepo(owner, body.Name)
	c.repo.mu.Lock()
	defer c.repo.mu.Unlock()
	return c.json(http.StatusCreated, c.fullRepo())
}

// repoPaths are the addresses that a repository's rendering is made of: the
// field's name and what follows the repository's own address.
const repoPaths = `archive /{archive_format}{/ref}|assignees /assignees{/user}|blobs /git/blobs{/sha}|branches /branches{/branch}|
collaborators /collaborators{/collaborator}|comments /comments{/number}|commits /commits{/sha}|compare /compare/{base}...{head}|
contents /contents/{+path}|contributors /contributors|deployments /deployments|downloads /downloads|events /events|forks /forks|
git_commits /git/commits{/sha}|git_refs /git/refs{/sha}|git_tags /git/tags{/sha}|hooks /hooks|issue_comment /issues/comments{/number}|
issue_events /issues/events{/number}|issues /issues{/number}|keys /keys{/key_id}|labels /labels{/name}|languages /languages|
merges /merges|milestones /milestones{/number}|notifications /notifications{?since,all,participating}|pulls /pulls{/number}|
releases /releases{/id}|stargazers /stargazers|statuses /statuses/{sha}|subscribers /subscribers|subscription /subscription|
tags /tags|teams /teams|trees /git/trees{/sha}`

// renderRepo renders a repository as it appears inside other objects.
func renderRepo(l links, r *repository) object {
	u := l.api("/repos/%s", r.fullName())
	out := object{"url": u}
	for pair := range strings.SplitSeq(repoPaths, "|") {
		name, path, _ := strings.Cut(strings.TrimSpace(pair), " ")
		out[name+"_url"] = u + path
	}
	visibility := "public"
	if r.private {
		visibility = "private"
	}
	for k, v := range (object{
		"id": r.id, "node_id": nodeID("R", r.id), "name": r.name, "full_name": r.fullName(), "owner": user(l, r.owner),
		"private": r.private, "visibility": visibility, "description": orNil(r.description), "fork": false,
		"html_url": l.site("/%s", r.fullName()), "clone_url": l.site("/%s.git", r.fullName()), "svn_url": l.site("/%s", r.fullName()),
		"git_url": strings.Replace(l.site("/%s.git", r.fullName()), "http", "git", 1), "ssh_url": "git@" + hostOf(l) + ":" + r.fullName() + ".git",
		"homepage": nil, "language": nil, "mirror_url": nil, "license": nil, "topics": []any{}, "size": 0,
		"default_branch": r.defaultBranch, "archived": false, "disabled": false, "is_template": false, "allow_forking": true,
		"has_issues": true, "has_projects": true, "has_wiki": false, "has_pages": false, "has_downloads": true, "has_discussions": false,
		"forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0, "watchers_count": 0,
		"open_issues": r.openIssues(), "open_issues_count": r.openIssues(), "web_commit_signoff_required": false,
		"allow_auto_merge": r.autoMerge, "delete_branch_on_merge": r.deleteBranchOnMerge,
		"allow_merge_commit": true, "allow_squash_merge": true, "allow_rebase_merge": true,
		"created_at": stamp(r.created), "updated_at": stamp(r.created), "pushed_at": stamp(r.pushed),
	}) {
		out[k] = v
	}
	return out
}

// minimalRepo leaves out how the repository merges.
func minimalRepo(l links, r *repository) object {
	out := renderRepo(l, r)
	for _, name := range mergeSettings {
		delete(out, name)
	}
	return out
}

var mergeSettings = []string{"allow_merge_commit", "allow_squash_merge", "allow_rebase_merge", "allow_auto_merge"}

func hostOf(l links) string {
	_, host, _ := strings.Cut(l.web, "://")
	name, _, _ := strings.Cut(host, ":")
	return name
}

func (r *repository) openIssues() int {
	n := 0
	for _, i := range r.issues {
		if i.state == "open" {
			n++
		}
	}
	return n
}
