// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// GitHub gives the content of files up to maxInline bytes inside the JSON, and
// lists at most maxListing entries of a folder.
const (
	maxInline  = 1 << 20
	maxListing = 1000
)

func contentRoutes() []Route {
	return []Route{
		rest("GET /repos/{owner}/{repo}/contents/{path}", "contents:read").to((*call).getContents),
		rest("PUT /repos/{owner}/{repo}/contents/{path}", "contents:write").to((*call).putContents),
		rest("DELETE /repos/{owner}/{repo}/contents/{path}", "contents:write").to((*call).deleteContents),
	}
}

func (c *call) getContents() error {
	rev := c.query("ref")
	if rev == "" {
		rev = c.repo.defaultBranch
	}
	sha, err := c.repo.git.Commit(c.ctx(), rev)
	if err != nil {
		if c.notEmpty() != nil {
			return refuse(http.StatusNotFound, "This repository is empty.")
		}
		return refuse(http.StatusNotFound, "No commit found for the ref %s", rev)
	}
	at := strings.Trim(c.param("path"), "/")
	if at == "" {
		return c.listFolder(sha, "", rev)
	}
	entry, err := c.repo.git.Entry(c.ctx(), sha, at)
	if err != nil {
		return notFound()
	}
	if entry.Kind == "tree" {
		return c.listFolder(entry.SHA, at, rev)
	}
	return c.answerFile(entry, rev)
}

func (c *call) listFolder(treeish, at, rev string) error {
	entries, err := c.repo.git.Tree(c.ctx(), treeish, false)
	if err != nil {
		return err
	}
	out := []any{}
	for _, e := range entries[:min(len(entries), maxListing)] {
		e.Path = path.Join(at, e.Path)
		out = append(out, c.renderContent(e, rev))
	}
	return c.json(http.StatusOK, out)
}

func (c *call) answerFile(e bare.Entry, rev string) error {
	out := c.renderContent(e, rev)
	if e.Kind == "commit" {
		return c.json(http.StatusOK, out)
	}
	o, err := c.repo.git.Read(c.ctx(), e.SHA)
	if err != nil {
		return err
	}
	switch {
	case c.accepts("raw"):
		return c.raw("application/vnd.github.raw; charset=utf-8", o.Data)
	case e.Mode == "120000":
		out["target"] = string(o.Data)
	case len(o.Data) > maxInline:
		out["content"], out["encoding"] = "", "none"
	default:
		out["content"], out["encoding"] = wrap64(o.Data), "base64"
	}
	return c.json(http.StatusOK, out)
}

func contentType(e bare.Entry) string {
	switch {
	case e.Kind == "tree":
		return "dir"
	case e.Kind == "commit":
		return "submodule"
	case e.Mode == "120000":
		return "symlink"
	default:
		return "file"
	}
}

func (c *call) renderContent(e bare.Entry, rev string) object {
	name, escaped := c.repo.fullName(), escapePath(e.Path)
	self := c.links.api("/repos/%s/contents/%s?ref=%s", name, escaped, url.QueryEscape(rev))
	kind, view := e.Kind, "blob"
	if e.Kind == "tree" {
		view = "tree"
	}
	git := any(c.objectURL(kind, e.SHA))
	html := any(c.links.site("/%s/%s/%s/%s", name, view, rev, escaped))
	var download any
	if e.Kind == "blob" {
		download = c.links.site("/%s/raw/%s/%s", name, rev, escaped)
	}
	if e.Kind == "commit" {
		git, html = nil, nil
	}
	return object{
		"type": contentType(e), "name": path.Base(e.Path), "path": e.Path, "sha": e.SHA, "size": max(e.Size, 0), "url": self,
		"git_url": git, "html_url": html, "download_url": download, "_links": object{"self": self, "git": git, "html": html},
	}
}
