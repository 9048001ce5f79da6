// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/url"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// maxFiles is how many files GitHub lists in a comparison or a commit.
const maxFiles = 300

// renderCommit renders a commit as the Commits API does.
func (c *call) renderCommit(g bare.Commit) object {
	address := func(sha string) string { return c.links.api("/repos/%s/commits/%s", c.repo.fullName(), sha) }
	return object{
		"sha": g.SHA, "node_id": gitNodeID("C", c.repo.id, g.SHA), "url": address(g.SHA), "html_url": c.commitPage(g.SHA),
		"comments_url": address(g.SHA) + "/comments", "author": user(c.links, c.byEmail(g.Author.Email)),
		"committer": user(c.links, c.committerAccount(g.Committer)), "parents": c.renderParents(g, address),
		"commit": object{
			"url": c.objectURL("commit", g.SHA), "author": gitUser(g.Author), "committer": gitUser(g.Committer), "message": g.Message,
			"comment_count": 0, "tree": object{"sha": g.Tree, "url": c.objectURL("tree", g.Tree)}, "verification": c.repo.verification(g),
		},
	}
}

// committerAccount: GitHub's own committer is the user web-flow.
func (c *call) committerAccount(p bare.Person) *account {
	if p.Email != webFlowEmail {
		return c.byEmail(p.Email)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ensureAccount("web-flow", "User")
}

func (c *call) renderCommits(shas []string) ([]any, error) {
	commits, err := c.repo.git.Commits(c.ctx(), shas)
	out := []any{}
	for _, g := range commits {
		out = append(out, c.renderCommit(g))
	}
	return out, err
}

// diffStatus is GitHub's word for git's letter.
func diffStatus(letter byte) string {
	switch letter {
	case 'A':
		return "added"
	case 'D':
		return "removed"
	case 'R':
		return "renamed"
	case 'T':
		return "changed"
	default:
		return "modified"
	}
}

// renderFile renders what happened to a file; rev is the commit in its addresses.
func (c *call) renderFile(f bare.FileDiff, rev string) any {
	escaped := escapePath(f.Path)
	out := object{
		"sha": f.SHA, "filename": f.Path, "status": diffStatus(f.Status), "additions": f.Additions, "deletions": f.Deletions,
		"changes": f.Additions + f.Deletions, "blob_url": c.links.site("/%s/blob/%s/%s", c.repo.fullName(), rev, escaped),
		"raw_url":      c.links.site("/%s/raw/%s/%s", c.repo.fullName(), rev, escaped),
		"contents_url": c.links.api("/repos/%s/contents/%s?ref=%s", c.repo.fullName(), escaped, rev),
	}
	if f.Status == 'D' {
		out["sha"] = f.OldSHA
	}
	if f.OldPath != "" {
		out["previous_filename"] = f.OldPath
	}
	if f.Patch != "" {
		out["patch"] = f.Patch
	}
	return out
}

func (c *call) renderFiles(files []bare.FileDiff, rev string) []any {
	out := []any{}
	for _, f := range files[:min(len(files), maxFiles)] {
		out = append(out, c.renderFile(f, rev))
	}
	return out
}

func escapePath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}
