// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// updateBranch merges the base into the head, if the head is still what the
// caller thinks.
func (c *call) updateBranch() error {
	i, err := c.pull()
	if err != nil {
		return err
	}
	var body struct {
		Expected string `json:"expected_head_sha"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Expected != "" && body.Expected != i.pull.headSHA {
		return unprocessable("expected head sha didn’t match current head ref.")
	}
	if err := c.catchUp(i, c.mergeBaseIn); err != nil {
		return err
	}
	return c.json(http.StatusAccepted, object{"message": "Updating pull request branch.", "url": c.pullPage(i.number)})
}

// updatePullBranch is the same in GraphQL, which rebases too.
func (c *call) updatePullBranch(a args) (any, error) {
	const name = "UpdatePullRequestBranch"
	var in struct {
		pullInput
		Update string `json:"updateMethod"`
	}
	if err := decode(a, name+"Input", &in, "pullRequestId"); err != nil {
		return nil, err
	}
	inside, i, err := c.enterPullAt(in.pullInput)
	if err != nil {
		return nil, err
	}
	defer inside.repo.mu.Unlock()
	way := inside.mergeBaseIn
	if in.Update == "REBASE" {
		way = inside.rebaseOntoBase
	}
	if err := inside.catchUp(i, way); err != nil {
		return nil, asGraphQL(err)
	}
	return payload(name, in.MutationID, args{"pullRequest": inside.pullNode(i)}), nil
}

// catchUp brings the head up to date with the base, in one of two ways.
func (c *call) catchUp(i *issue, way func(*issue, bare.Ref) (string, error)) error {
	base, err := c.repo.git.Ref(c.ctx(), headsPrefix+i.pull.base)
	if err != nil {
		return err
	}
	if done, err := c.repo.git.IsAncestor(c.ctx(), base.SHA, i.pull.headSHA); err != nil || done {
		return unprocessable("There are no new commits on the base branch.")
	}
	sha, err := way(i, base)
	if err != nil {
		return err
	}
	return c.move(bare.RefUpdate{Name: headsPrefix + i.pull.head, Old: i.pull.headSHA, New: sha})
}

// mergeBaseIn makes a merge commit of the head and the base.
func (c *call) mergeBaseIn(i *issue, base bare.Ref) (string, error) {
	tree, err := c.repo.git.MergeTrees(c.ctx(), i.pull.headSHA, base.SHA)
	if errors.Is(err, bare.ErrConflict) {
		return "", unprocessable("merge conflict between base and head")
	} else if err != nil {
		return "", err
	}
	sha, err := c.repo.git.WriteCommit(c.ctx(), bare.Commit{Tree: tree, Parents: []string{i.pull.headSHA, base.SHA},
		Author: c.person(nil), Committer: c.webFlow(), Message: fmt.Sprintf("Merge branch '%s' into %s", i.pull.base, i.pull.head)})
	if err == nil {
		c.sign(sha)
	}
	return sha, err
}

// rebaseOntoBase puts the head's own commits onto the base, in the name of who asks.
func (c *call) rebaseOntoBase(i *issue, base bare.Ref) (string, error) {
	sha, err := c.repo.git.Rebase(c.ctx(), base.SHA, i.pull.headSHA, c.person(nil))
	if errors.Is(err, bare.ErrConflict) {
		return "", unprocessable("merge conflict between base and head")
	}
	return sha, err
}
