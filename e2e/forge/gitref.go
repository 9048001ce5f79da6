// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

func refRoutes() []Route {
	return []Route{
		rest("GET /repos/{owner}/{repo}/git/ref/{ref}", "contents:read").to((*call).getRef),
		rest("GET /repos/{owner}/{repo}/git/matching-refs/{ref}", "contents:read").to((*call).matchingRefs),
		rest("POST /repos/{owner}/{repo}/git/refs", "contents:write").to((*call).createRef),
		rest("PATCH /repos/{owner}/{repo}/git/refs/{ref}", "contents:write").to((*call).updateRef),
		rest("DELETE /repos/{owner}/{repo}/git/refs/{ref}", "contents:write").to((*call).deleteRef),
	}
}

func (c *call) renderRef(ref bare.Ref) any {
	return object{
		"ref": ref.Name, "node_id": gitNodeID("REF", c.repo.id, ref.Name),
		"url": c.links.api("/repos/%s/git/%s", c.repo.fullName(), ref.Name),
		"object": object{"type": ref.Kind, "sha": ref.SHA,
			"url": c.links.api("/repos/%s/git/%ss/%s", c.repo.fullName(), ref.Kind, ref.SHA)},
	}
}

// notEmpty refuses, as GitHub does, to read or write refs of a repository
// without any commit.
func (c *call) notEmpty() error {
	refs, err := c.repo.git.Refs(c.ctx(), "")
	if err == nil && len(refs) == 0 {
		return refuse(http.StatusConflict, "Git Repository is empty.")
	}
	return err
}

func (c *call) getRef() error {
	if err := c.notEmpty(); err != nil {
		return err
	}
	ref, err := c.readRef("refs/" + c.param("ref"))
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, c.renderRef(ref))
}

func (c *call) matchingRefs() error {
	if err := c.notEmpty(); err != nil {
		return err
	}
	refs, err := c.repo.git.Refs(c.ctx(), "")
	if err != nil {
		return err
	}
	var matching []bare.Ref
	for _, ref := range refs {
		if strings.HasPrefix(ref.Name, "refs/"+c.param("ref")) {
			matching = append(matching, ref)
		}
	}
	return list(c, matching, c.renderRef)
}

func (c *call) createRef() error {
	var body struct {
		Ref string `json:"ref"`
		SHA string `json:"sha"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Ref == "" || body.SHA == "" {
		return missing("ref", "sha")
	}
	if err := c.notEmpty(); err != nil {
		return err
	}
	if !strings.HasPrefix(body.Ref, "refs/") || strings.Count(body.Ref, "/") < 2 || !c.repo.git.ValidRefName(c.ctx(), body.Ref) {
		return unprocessable("Reference name isn't valid.")
	}
	if err := c.checkTarget(body.Ref, body.SHA); err != nil {
		return err
	}
	if _, err := c.repo.git.Ref(c.ctx(), body.Ref); err == nil {
		return unprocessable("Reference already exists")
	}
	return c.answerMoved(http.StatusCreated, bare.RefUpdate{Name: body.Ref, Old: bare.Zero, New: body.SHA})
}

// checkTarget wants an object that exists, and a commit for a branch.
func (c *call) checkTarget(ref, sha string) error {
	if !bare.IsID(sha) {
		return unprocessable("The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
	}
	kind, err := c.repo.git.Kind(c.ctx(), sha)
	if err != nil || (strings.HasPrefix(ref, "refs/heads/") && kind != "commit") || c.repo.unseen(sha) {
		return unprocessable("Object does not exist")
	}
	return nil
}

func (c *call) updateRef() error {
	var body struct {
		SHA   string `json:"sha"`
		Force bool   `json:"force"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.SHA == "" {
		return missing("sha")
	}
	name := "refs/" + c.param("ref")
	old, err := c.repo.git.Ref(c.ctx(), name)
	if err != nil {
		return unprocessable("Reference does not exist")
	}
	if err := c.checkTarget(name, body.SHA); err != nil {
		return err
	}
	if !body.Force {
		forward, err := c.repo.git.IsAncestor(c.ctx(), old.SHA, body.SHA)
		if err != nil || !forward {
			return unprocessable("Update is not a fast forward")
		}
	}
	return c.answerMoved(http.StatusOK, bare.RefUpdate{Name: name, Old: old.SHA, New: body.SHA})
}

func (c *call) answerMoved(status int, u bare.RefUpdate) error {
	if err := c.move(u); err != nil {
		return err
	}
	ref, err := c.repo.git.Ref(c.ctx(), u.Name)
	if err != nil {
		return err
	}
	return c.json(status, c.renderRef(ref))
}

func (c *call) deleteRef() error {
	name := "refs/" + c.param("ref")
	old, err := c.repo.git.Ref(c.ctx(), name)
	if err != nil {
		return unprocessable("Reference does not exist")
	}
	if name == "refs/heads/"+c.repo.defaultBranch {
		return unprocessable("Cannot delete the default branch")
	}
	if err := c.move(bare.RefUpdate{Name: name, Old: old.SHA, New: bare.Zero}); err != nil {
		return err
	}
	return c.noContent()
}
