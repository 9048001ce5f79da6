// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

type mergeBody struct {
	Title   string `json:"commit_title"`
	Message string `json:"commit_message"`
	SHA     string `json:"sha"`
	Method  string `json:"merge_method"`
}

func (c *call) mergePull() error {
	i, err := c.pull()
	if err != nil {
		return err
	}
	var body mergeBody
	if err := c.body(&body); err != nil {
		return err
	}
	if err := c.checkMerge(i, &body); err != nil {
		return err
	}
	sha, err := c.mover().merge(c.ctx(), i, body)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, object{"sha": sha, "merged": true, "message": "Pull Request successfully merged"})
}

// checkMerge refuses what GitHub refuses, in its words.
func (c *call) checkMerge(i *issue, body *mergeBody) error {
	switch body.Method {
	case "":
		body.Method = "merge"
	case "merge", "squash", "rebase":
	default:
		return unprocessable("Invalid merge_method: %s", body.Method)
	}
	if i.state != "open" {
		return refuse(http.StatusMethodNotAllowed, "Pull Request is not mergeable")
	}
	if c.repo.queues[i.pull.base] != nil {
		return refuse(http.StatusMethodNotAllowed, "Repository rule violations found\n\nChanges must be made through the merge queue\n\n")
	}
	if body.SHA != "" && body.SHA != i.pull.headSHA {
		return refuse(http.StatusConflict, "Head branch was modified. Review and try the merge again.")
	}
	if i.pull.draft {
		return refuse(http.StatusMethodNotAllowed, "Pull Request is still a draft")
	}
	if unmet := c.repo.unmet(i.pull.base, i.pull.headSHA); len(unmet) > 0 {
		return refuse(http.StatusMethodNotAllowed, "Required status check %q is expected.", unmet[0])
	}
	return c.checkTrial(i)
}

// checkTrial refuses a merge on the ground of what GitHub knew before: when the
// base moved since the merge was tried out, it says so once, and tries again.
func (c *call) checkTrial(i *issue) error {
	was := i.pull.trial
	if err := c.mover().try(c.ctx(), i); err != nil {
		return err
	}
	if was.base != "" && was.base != i.pull.trial.base && was.head == i.pull.headSHA {
		return refuse(http.StatusMethodNotAllowed, "Base branch was modified. Review and try the merge again.")
	}
	if i.pull.trial.commit == "" {
		return refuse(http.StatusMethodNotAllowed, "Pull Request is not mergeable")
	}
	return nil
}

// merge makes the commit, moves the base and marks the pull request.
func (m mover) merge(ctx context.Context, i *issue, body mergeBody) (string, error) {
	base, err := m.repo.git.Ref(ctx, headsPrefix+i.pull.base)
	if err != nil {
		return "", err
	}
	sha, err := m.mergeCommit(ctx, i, base.SHA, body)
	if err != nil {
		return "", err
	}
	if body.Method != "rebase" {
		m.repo.signed[sha] = m.now()
	}
	i.pull.baseSHA = base.SHA
	i.markMerged(m.actor, sha, m.now())
	if err := m.move(ctx, bare.RefUpdate{Name: base.Name, Old: base.SHA, New: sha}); err != nil {
		return "", err
	}
	m.pullEvent(ctx, i, "closed", nil)
	if !m.repo.deleteBranchOnMerge {
		return sha, nil
	}
	return sha, m.move(ctx, bare.RefUpdate{Name: headsPrefix + i.pull.head, Old: i.pull.headSHA, New: bare.Zero})
}

func (m mover) mergeCommit(ctx context.Context, i *issue, base string, body mergeBody) (string, error) {
	web := bare.Person{Name: webFlowName, Email: webFlowEmail, When: m.now()}
	me := bare.Person{Name: m.actor.Name, Email: m.actor.Email, When: m.now()}
	if body.Method == "rebase" {
		sha, err := m.repo.git.Rebase(ctx, base, i.pull.headSHA, me)
		if errors.Is(err, bare.ErrConflict) {
			return "", refuse(http.StatusMethodNotAllowed, "This branch can't be rebased")
		}
		return sha, err
	}
	tree, err := m.repo.git.MergeTrees(ctx, base, i.pull.headSHA)
	if err != nil {
		return "", refuse(http.StatusMethodNotAllowed, "Pull Request is not mergeable")
	}
	g := bare.Commit{Tree: tree, Parents: []string{base, i.pull.headSHA}, Author: me, Committer: web}
	title, message := m.mergeMessage(i)
	if body.Method == "squash" {
		g.Parents = g.Parents[:1]
		g.Author = bare.Person{Name: i.user.Name, Email: i.user.Email, When: m.now()}
		if title, message, err = m.squashMessage(ctx, i); err != nil {
			return "", err
		}
	}
	g.Message = joinMessage(pick(body.Title, title), pick(body.Message, message))
	return m.repo.git.WriteCommit(ctx, g)
}

func (m mover) mergeMessage(i *issue) (title, message string) {
	return fmt.Sprintf("Merge pull request #%d from %s/%s", i.number, m.repo.owner.Login, i.pull.head), i.title
}

// squashMessage is GitHub's default: the one commit's own message, or the pull
// request's title and a list of the commits; the number follows the title.
func (m mover) squashMessage(ctx context.Context, i *issue) (title, message string, err error) {
	shas, err := m.repo.pullCommits(ctx, i.pull)
	if err != nil {
		return "", "", err
	}
	commits, err := m.repo.git.Commits(ctx, shas)
	if err != nil {
		return "", "", err
	}
	if len(commits) == 1 {
		title, message, _ = strings.Cut(commits[0].Message, "\n")
		return fmt.Sprintf("%s (#%d)", title, i.number), strings.TrimSpace(message), nil
	}
	var items []string
	for _, g := range commits {
		items = append(items, "* "+strings.TrimSpace(g.Message))
	}
	return fmt.Sprintf("%s (#%d)", i.title, i.number), strings.Join(items, "\n\n"), nil
}

func joinMessage(title, message string) string {
	if message == "" {
		return title
	}
	return title + "\n\n" + message
}

func pick(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
