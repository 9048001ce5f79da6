// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// maxTreeEntries is where GitHub truncates a recursive listing.
const maxTreeEntries = 100_000

func (c *call) getTree() error {
	treeish := c.param("tree_sha")
	if !bare.IsID(treeish) {
		if err := c.notEmpty(); err != nil {
			return err
		}
		sha, err := c.repo.git.Commit(c.ctx(), treeish)
		if err != nil {
			return notFound()
		}
		treeish = sha
	}
	return c.answerTree(http.StatusOK, treeish, c.r.URL.Query().Has("recursive"))
}

// answerTree lists a tree; "sha" is the tree's own id even when it was asked for
// by a commit's.
func (c *call) answerTree(status int, treeish string, recursive bool) error {
	sha := treeish
	if kind, err := c.repo.git.Kind(c.ctx(), treeish); err != nil {
		return notFound()
	} else if kind == "commit" {
		commit, err := c.repo.git.ReadCommit(c.ctx(), treeish)
		if err != nil {
			return err
		}
		sha = commit.Tree
	}
	entries, err := c.repo.git.Tree(c.ctx(), sha, recursive)
	if err != nil {
		return err
	}
	most := len(entries)
	if recursive {
		most = min(most, c.treeEntries())
	}
	out := []any{}
	for _, e := range entries[:most] {
		out = append(out, c.renderEntry(e))
	}
	return c.json(status, object{"sha": sha, "url": c.objectURL("tree", sha), "tree": out, "truncated": most < len(entries)})
}

func (c *call) renderEntry(e bare.Entry) object {
	out := object{"path": e.Path, "mode": e.Mode, "type": e.Kind, "sha": e.SHA}
	if e.Kind != "commit" {
		out["url"] = c.objectURL(e.Kind, e.SHA)
	}
	if e.Kind == "blob" {
		out["size"] = e.Size
	}
	return out
}

// treeItem is one entry of a tree to be made. SHA keeps "null" (delete) apart
// from absent.
type treeItem struct {
	Path    string          `json:"path"`
	Mode    string          `json:"mode"`
	Type    string          `json:"type"`
	SHA     json.RawMessage `json:"sha"`
	Content *string         `json:"content"`
}

func (c *call) createTree() error {
	var body struct {
		Tree     []treeItem `json:"tree"`
		BaseTree string     `json:"base_tree"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if len(body.Tree) == 0 {
		return unprocessable("Invalid tree info")
	}
	if body.BaseTree != "" {
		if kind, err := c.repo.git.Kind(c.ctx(), body.BaseTree); err != nil || (kind != "tree" && kind != "commit") {
			return unprocessable("base_tree is not a valid tree oid")
		}
	}
	var changes []bare.Change
	for _, item := range body.Tree {
		change, err := c.treeChange(item, body.BaseTree)
		if err != nil {
			return err
		}
		changes = append(changes, change)
	}
	sha, err := c.repo.git.WriteTree(c.ctx(), body.BaseTree, changes)
	if err != nil {
		return unprocessable("GitRPC::BadObjectState")
	}
	c.repo.wroteObject(sha)
	return c.answerTree(http.StatusCreated, sha, false)
}

func (c *call) treeChange(item treeItem, base string) (bare.Change, error) {
	if !safePath(item.Path) {
		return bare.Change{}, unprocessable("tree.path contains a malformed path component")
	}
	if string(item.SHA) == "null" {
		if _, err := c.repo.git.Entry(c.ctx(), base, item.Path); base == "" || err != nil {
			return bare.Change{}, unprocessable("GitRPC::BadObjectState")
		}
		if item.Mode == "040000" {
			return bare.Change{Path: item.Path, Mode: item.Mode}, nil
		}
		return bare.Change{Path: item.Path}, nil
	}
	if !slices.Contains([]string{"100644", "100755", "040000", "160000", "120000"}, item.Mode) {
		return bare.Change{}, unprocessable("tree.mode must be one of 100644, 100755, 040000, 160000, 120000")
	}
	sha, err := c.treeObject(item)
	return bare.Change{Path: item.Path, Mode: item.Mode, SHA: sha}, err
}

// treeObject stores the item's content, or checks that its object exists.
func (c *call) treeObject(item treeItem) (string, error) {
	if item.Content != nil {
		if item.SHA != nil {
			return "", unprocessable("Must supply either tree.sha or tree.content, not both.")
		}
		return c.repo.git.Write(c.ctx(), "blob", []byte(*item.Content))
	}
	var sha string
	if err := json.Unmarshal(item.SHA, &sha); err != nil || !bare.IsID(sha) {
		return "", unprocessable("Must supply a valid tree.sha")
	}
	if item.Mode == "160000" {
		return sha, nil // a submodule's commit lives elsewhere
	}
	want := "blob"
	if item.Mode == "040000" {
		want = "tree"
	}
	if kind, err := c.repo.git.Kind(c.ctx(), sha); err != nil || kind != want {
		return "", unprocessable("tree.sha %s is not a valid %s", sha, want)
	}
	return sha, nil
}

// safePath refuses what git refuses in a tree.
func safePath(path string) bool {
	if path == "" || strings.ContainsRune(path, 0) {
		return false
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || strings.EqualFold(part, ".git") {
			return false
		}
	}
	return true
}
