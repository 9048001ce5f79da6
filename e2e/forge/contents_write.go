// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// contentsBody is what PUT and DELETE of a file take.
type contentsBody struct {
	Message   *string     `json:"message"`
	Content   *string     `json:"content"`
	SHA       string      `json:"sha"`
	Branch    string      `json:"branch"`
	Author    *personBody `json:"author"`
	Committer *personBody `json:"committer"`
}

// fileWrite is a checked request to change one file: where, and what is there now.
type fileWrite struct {
	contentsBody
	path, branch string
	tip          string // commit id, empty for the first commit
	current      bare.Entry
}

func (c *call) readFileWrite() (fileWrite, error) {
	w := fileWrite{path: strings.Trim(c.param("path"), "/")}
	if err := c.body(&w.contentsBody); err != nil {
		return w, err
	}
	if w.Message == nil {
		return w, missing("message")
	}
	if !safePath(w.path) {
		return w, unprocessable("path contains a malformed path component")
	}
	if w.branch = w.Branch; w.branch == "" {
		w.branch = c.repo.defaultBranch
	}
	for field, p := range map[string]*personBody{"author": w.Author, "committer": w.Committer} {
		if err := checkPerson("Commit", field, p); err != nil {
			return w, err
		}
	}
	ref, err := c.repo.git.Ref(c.ctx(), headsPrefix+w.branch)
	if err != nil {
		if c.notEmpty() == nil {
			return w, refuse(http.StatusNotFound, "Branch %s not found", w.branch)
		}
		return w, nil
	}
	w.tip = ref.SHA
	if e, err := c.repo.git.Entry(c.ctx(), w.tip, w.path); err == nil {
		w.current = e
	}
	return w, nil
}

func (c *call) putContents() error {
	w, err := c.readFileWrite()
	if err != nil {
		return err
	}
	if w.Content == nil {
		return missing("content")
	}
	data, err := decode64(*w.Content)
	if err != nil {
		return unprocessable("content is not valid Base64")
	}
	if w.current.SHA != "" && w.SHA == "" {
		return missing("sha")
	}
	if w.SHA != "" && w.SHA != w.current.SHA {
		return refuse(http.StatusConflict, "%s does not match %s", w.path, w.SHA)
	}
	blob, err := c.repo.git.Write(c.ctx(), "blob", data)
	if err != nil {
		return err
	}
	mode, status := "100644", http.StatusCreated
	if w.current.SHA != "" {
		mode, status = w.current.Mode, http.StatusOK
	}
	return c.commitFile(w, status, bare.Change{Path: w.path, Mode: mode, SHA: blob})
}

func (c *call) deleteContents() error {
	w, err := c.readFileWrite()
	if err != nil {
		return err
	}
	if w.SHA == "" {
		return missing("sha")
	}
	if w.current.SHA == "" {
		return notFound()
	}
	if w.SHA != w.current.SHA {
		return refuse(http.StatusConflict, "%s does not match %s", w.path, w.SHA)
	}
	return c.commitFile(w, http.StatusOK, bare.Change{Path: w.path})
}

// commitFile makes the commit, moves the branch and answers.
func (c *call) commitFile(w fileWrite, status int, change bare.Change) error {
	n := newCommit{tip: w.tip, message: *w.Message, changes: []bare.Change{change}, author: c.person(w.Author)}
	n.committer = n.author
	if w.Committer != nil {
		n.committer = c.person(w.Committer)
	}
	if n.sign = c.signsFor(w.Author, w.Committer); n.sign {
		n.committer = c.webFlow()
	}
	sha, err := c.commitOn(n)
	if err != nil {
		return err
	}
	old := w.tip
	if old == "" {
		old = bare.Zero
	}
	if err := c.move(bare.RefUpdate{Name: headsPrefix + w.branch, Old: old, New: sha}); err != nil {
		return refuse(http.StatusConflict, "%s is at another commit by now", w.branch)
	}
	commit, err := c.repo.git.ReadCommit(c.ctx(), sha)
	if err != nil {
		return err
	}
	out := object{"content": nil, "commit": c.renderGitCommit(commit)}
	if change.SHA != "" {
		e, err := c.repo.git.Entry(c.ctx(), sha, w.path)
		if err != nil {
			return err
		}
		out["content"] = c.renderContent(e, w.branch)
	}
	return c.json(status, out)
}

// newCommit is a commit to be made of changes to the tree of tip (none: a first commit).
type newCommit struct {
	tip, message      string
	changes           []bare.Change
	author, committer bare.Person
	sign              bool
}

func (c *call) commitOn(n newCommit) (string, error) {
	tree, err := c.repo.git.WriteTree(c.ctx(), n.tip, n.changes)
	if err != nil {
		return "", unprocessable("GitRPC::BadObjectState")
	}
	g := bare.Commit{Tree: tree, Author: n.author, Committer: n.committer, Message: n.message}
	if n.tip != "" {
		g.Parents = []string{n.tip}
	}
	sha, err := c.repo.git.WriteCommit(c.ctx(), g)
	if err == nil && n.sign {
		c.sign(sha)
	}
	return sha, err
}
