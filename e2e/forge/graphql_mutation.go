// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
	"github.com/adze-ci/adze/e2e/forge/graphql"
)

func (c *call) mutationRoot() graphql.Object {
	return graphql.Object{Type: "Mutation", Fields: args{
		"createCommitOnBranch":          graphql.Resolver(c.createCommitOnBranch),
		"updateRefs":                    graphql.Resolver(c.updateRefs),
		"enablePullRequestAutoMerge":    graphql.Resolver(c.enableAutoMergeMutation),
		"disablePullRequestAutoMerge":   graphql.Resolver(c.pullMutation("DisablePullRequestAutoMerge", disableAuto)),
		"enqueuePullRequest":            graphql.Resolver(c.enqueueMutation),
		"dequeuePullRequest":            graphql.Resolver(c.dequeueMutation),
		"updatePullRequestBranch":       graphql.Resolver(c.updatePullBranch),
		"markPullRequestReadyForReview": graphql.Resolver(c.pullMutation("MarkPullRequestReadyForReview", markReady)),
		"convertPullRequestToDraft":     graphql.Resolver(c.pullMutation("ConvertPullRequestToDraft", markDraft)),
	}}
}

func payload(name string, mutationID string, fields args) graphql.Object {
	fields["clientMutationId"] = orNil(mutationID)
	return graphql.Object{Type: name + "Payload", Fields: fields}
}

type pullInput struct {
	PullRequestID   string `json:"pullRequestId"`
	Method          string `json:"mergeMethod"`
	Headline        string `json:"commitHeadline"`
	Body            string `json:"commitBody"`
	ExpectedHeadOid string `json:"expectedHeadOid"`
	MutationID      string `json:"clientMutationId"`
}

// enterPull locks the repository of a pull request given by its GraphQL id.
func (c *call) enterPull(id string) (*call, *issue, error) {
	repo, number := c.pullByNode(id)
	inside, err := c.enter(repo, "pull_requests", "write", fmt.Sprintf("Could not resolve to a node with the global id of '%s'", id))
	if err != nil {
		return nil, nil, err
	}
	return inside, inside.repo.issues[number], nil
}

// enterPullAt is enterPull where the head must be the one expected, if one is.
func (c *call) enterPullAt(in pullInput) (*call, *issue, error) {
	inside, i, err := c.enterPull(in.PullRequestID)
	if err != nil || in.ExpectedHeadOid == "" || in.ExpectedHeadOid == i.pull.headSHA {
		return inside, i, err
	}
	inside.repo.mu.Unlock()
	return nil, nil, &graphql.Error{Type: "UNPROCESSABLE", Message: "Head sha didn't match the expected head oid."}
}

func (c *call) enableAutoMergeMutation(a args) (any, error) {
	const name = "EnablePullRequestAutoMerge"
	var in pullInput
	if err := decode(a, name+"Input", &in, "pullRequestId"); err != nil {
		return nil, err
	}
	inside, i, err := c.enterPullAt(in)
	if err != nil {
		return nil, err
	}
	defer inside.repo.mu.Unlock()
	method := strings.ToLower(pick(in.Method, "MERGE"))
	if err := inside.mover().enableAutoMerge(c.ctx(), i, autoMerge{method: method, title: in.Headline, message: in.Body}); err != nil {
		return nil, asGraphQL(err)
	}
	return payload(name, in.MutationID, args{"pullRequest": inside.pullNode(i), "actor": inside.userNode(c.actor)}), nil
}

// pullMutation makes a mutation that changes one pull request and takes nothing
// but its id.
func (c *call) pullMutation(name string, change func(*call, *issue) error) func(args) (any, error) {
	return func(a args) (any, error) {
		var in pullInput
		if err := decode(a, name+"Input", &in, "pullRequestId"); err != nil {
			return nil, err
		}
		inside, i, err := c.enterPull(in.PullRequestID)
		if err != nil {
			return nil, err
		}
		defer inside.repo.mu.Unlock()
		if err := change(inside, i); err != nil {
			return nil, asGraphQL(err)
		}
		fields := args{"pullRequest": inside.pullNode(i)}
		if strings.HasSuffix(name, "AutoMerge") {
			fields["actor"] = inside.userNode(c.actor)
		}
		return payload(name, in.MutationID, fields), nil
	}
}

func disableAuto(c *call, i *issue) error {
	if i.pull.auto == nil {
		return unprocessable("Can't disable auto-merge for this pull request.")
	}
	i.pull.auto, i.updated = nil, c.now()
	c.mover().pullEvent(c.ctx(), i, "auto_merge_disabled", object{"reason": "disabled_by_user"})
	return nil
}

func markReady(c *call, i *issue) error {
	i.pull.draft, i.updated = false, c.now()
	c.mover().pullEvent(c.ctx(), i, "ready_for_review", nil)
	return nil
}

func markDraft(c *call, i *issue) error {
	i.pull.draft, i.pull.auto, i.updated = true, nil, c.now()
	c.mover().pullEvent(c.ctx(), i, "converted_to_draft", nil)
	return nil
}

type refUpdateInput struct {
	Name   string  `json:"name"`
	Before *string `json:"beforeOid"`
	After  string  `json:"afterOid"`
	Force  bool    `json:"force"`
}

// updateRefs moves several refs, all or none. beforeOid is a compare-and-swap
// with or without force; the zero id stands for a ref that does not exist.
func (c *call) updateRefs(a args) (any, error) {
	var in struct {
		RepositoryID string           `json:"repositoryId"`
		Updates      []refUpdateInput `json:"refUpdates"`
		MutationID   string           `json:"clientMutationId"`
	}
	if err := decode(a, "UpdateRefsInput", &in, "repositoryId", "refUpdates"); err != nil {
		return nil, err
	}
	inside, err := c.enter(c.repoByNode(in.RepositoryID), "contents", "write",
		fmt.Sprintf("Could not resolve to a node with the global id of '%s'", in.RepositoryID))
	if err != nil {
		return nil, err
	}
	defer inside.repo.mu.Unlock()
	var updates []bare.RefUpdate
	for _, u := range in.Updates {
		update, err := inside.refUpdate(u)
		if err != nil {
			return nil, err
		}
		updates = append(updates, update)
	}
	if err := inside.move(updates...); err != nil {
		return nil, asGraphQL(err)
	}
	return payload("UpdateRefs", in.MutationID, args{}), nil
}

func (c *call) refUpdate(u refUpdateInput) (bare.RefUpdate, error) {
	rejected := func(format string, a ...any) (bare.RefUpdate, error) {
		return bare.RefUpdate{}, &graphql.Error{Type: "UNPROCESSABLE", Message: fmt.Sprintf(format, a...)}
	}
	old := bare.Zero
	if ref, err := c.repo.git.Ref(c.ctx(), u.Name); err == nil {
		old = ref.SHA
	}
	switch {
	case !strings.HasPrefix(u.Name, headsPrefix) && !strings.HasPrefix(u.Name, tagsPrefix) || !c.repo.git.ValidRefName(c.ctx(), u.Name):
		return rejected("%s is not a valid ref name", u.Name)
	case u.Before != nil && *u.Before != old:
		return rejected("Reference update failed: %s is not at %s", u.Name, *u.Before)
	case u.After == bare.Zero && old == bare.Zero:
		return rejected("Reference does not exist: %s", u.Name)
	case u.After != bare.Zero && c.checkTarget(u.Name, u.After) != nil:
		return rejected("Object does not exist: %s", u.After)
	}
	if old != bare.Zero && u.After != bare.Zero && !u.Force {
		if forward, err := c.repo.git.IsAncestor(c.ctx(), old, u.After); err != nil || !forward {
			return rejected("Update to %s is not a fast forward", u.Name)
		}
	}
	return bare.RefUpdate{Name: u.Name, Old: old, New: u.After}, nil
}
