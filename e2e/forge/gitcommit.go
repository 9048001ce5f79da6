// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

func (c *call) getGitCommit() error {
	commit, err := c.repo.git.ReadCommit(c.ctx(), c.param("commit_sha"))
	if err != nil {
		return notFound()
	}
	return c.json(http.StatusOK, c.renderGitCommit(commit))
}

// renderGitCommit renders a commit as the Git database API does.
func (c *call) renderGitCommit(g bare.Commit) object {
	return object{
		"sha": g.SHA, "node_id": gitNodeID("C", c.repo.id, g.SHA), "url": c.objectURL("commit", g.SHA), "html_url": c.commitPage(g.SHA),
		"author": gitUser(g.Author), "committer": gitUser(g.Committer), "message": g.Message,
		"tree":    object{"sha": g.Tree, "url": c.objectURL("tree", g.Tree)},
		"parents": c.renderParents(g, func(sha string) string { return c.objectURL("commit", sha) }), "verification": c.repo.verification(g),
	}
}

func (c *call) renderParents(g bare.Commit, address func(string) string) []any {
	out := []any{}
	for _, p := range g.Parents {
		out = append(out, object{"sha": p, "url": address(p), "html_url": c.commitPage(p)})
	}
	return out
}

func (c *call) commitPage(sha string) string {
	return c.links.site("/%s/commit/%s", c.repo.fullName(), sha)
}

func (c *call) createGitCommit() error {
	var body struct {
		Message   *string     `json:"message"`
		Tree      string      `json:"tree"`
		Parents   []string    `json:"parents"`
		Author    *personBody `json:"author"`
		Committer *personBody `json:"committer"`
		Signature string      `json:"signature"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Message == nil || body.Tree == "" {
		return missing("message", "tree")
	}
	if kind, err := c.repo.git.Kind(c.ctx(), body.Tree); err != nil || kind != "tree" || c.repo.unseen(body.Tree) {
		return unprocessable("Tree SHA does not exist")
	}
	for _, p := range body.Parents {
		if kind, err := c.repo.git.Kind(c.ctx(), p); err != nil || kind != "commit" {
			return unprocessable("Parent SHA does not exist or is not a commit object")
		}
	}
	if err := checkPerson("Commit", "author", body.Author); err != nil {
		return err
	}
	g := bare.Commit{Tree: body.Tree, Parents: body.Parents, Message: *body.Message, Signature: body.Signature, Author: c.person(body.Author)}
	g.Committer = g.Author
	if body.Committer != nil {
		g.Committer = c.person(body.Committer)
	}
	sign := c.signsFor(body.Author, body.Committer) && body.Signature == ""
	if sign {
		g.Committer = c.webFlow()
	}
	return c.answerNewCommit(g, sign)
}

func (c *call) answerNewCommit(g bare.Commit, sign bool) error {
	sha, err := c.repo.git.WriteCommit(c.ctx(), g)
	if err != nil {
		return err
	}
	if sign {
		c.sign(sha)
	}
	c.repo.wroteObject(sha)
	if g, err = c.repo.git.ReadCommit(c.ctx(), sha); err != nil {
		return err
	}
	return c.json(http.StatusCreated, c.renderGitCommit(g))
}
