// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
	"github.com/adze-ci/adze/e2e/forge/graphql"
)

type commitInput struct {
	Branch struct {
		ID         string `json:"id"`
		Repository string `json:"repositoryNameWithOwner"`
		Name       string `json:"branchName"`
	} `json:"branch"`
	Message struct {
		Headline string `json:"headline"`
		Body     string `json:"body"`
	} `json:"message"`
	Changes struct {
		Additions []struct {
			Path     string `json:"path"`
			Contents string `json:"contents"`
		} `json:"additions"`
		Deletions []struct {
			Path string `json:"path"`
		} `json:"deletions"`
	} `json:"fileChanges"`
	ExpectedHeadOid string `json:"expectedHeadOid"`
	MutationID      string `json:"clientMutationId"`
}

// createCommitOnBranch commits to a branch that exists, if it is still where the
// client thinks. It writes plain files only (mode 100644), the author is who
// calls, and GitHub signs the commit.
func (c *call) createCommitOnBranch(a args) (any, error) {
	const name = "CreateCommitOnBranch"
	var in commitInput
	if err := decode(a, name+"Input", &in, "branch", "message", "expectedHeadOid"); err != nil {
		return nil, err
	}
	inside, branch, err := c.enterBranch(in)
	if err != nil {
		return nil, err
	}
	defer inside.repo.mu.Unlock()
	ref, err := inside.repo.git.Ref(c.ctx(), headsPrefix+branch)
	if err != nil {
		return nil, &graphql.Error{Type: "NOT_FOUND", Message: "Branch not found"}
	}
	if ref.SHA != in.ExpectedHeadOid {
		return nil, &graphql.Error{Type: "STALE_DATA",
			Message: fmt.Sprintf("Expected branch to point to %q but it did not.  Pull and try again.", in.ExpectedHeadOid)}
	}
	sha, err := inside.commitInput(in, ref.SHA)
	if err != nil {
		return nil, asGraphQL(err)
	}
	if err := inside.move(bare.RefUpdate{Name: ref.Name, Old: ref.SHA, New: sha}); err != nil {
		return nil, asGraphQL(err)
	}
	moved := c.resolverFor(inside, ref.Name)
	return payload(name, in.MutationID, args{"commit": inside.gitNode(sha, "commit"), "ref": moved}), nil
}

// resolverFor shows a ref in a mutation's answer, after the lock is given back.
func (c *call) resolverFor(inside *call, name string) graphql.Resolver {
	return inside.locked(func(args) (any, error) { return inside.refNode(name) })
}

// enterBranch finds the branch by its name or by its GraphQL id.
func (c *call) enterBranch(in commitInput) (*call, string, error) {
	owner, name, _ := strings.Cut(in.Branch.Repository, "/")
	repo, branch := c.findRepo(owner, name), strings.TrimPrefix(in.Branch.Name, headsPrefix)
	if in.Branch.ID != "" {
		repo, branch = c.refByNode(in.Branch.ID)
	}
	inside, err := c.enter(repo, "contents", "write",
		fmt.Sprintf("Could not resolve to a Repository with the name '%s'.", in.Branch.Repository))
	return inside, branch, err
}

// refByNode finds a branch by the id that refNode gave it.
func (c *call) refByNode(id string) (*repository, string) {
	for _, repo := range c.allRepos() {
		refs, err := repo.git.Refs(c.ctx(), headsPrefix)
		if err != nil {
			continue
		}
		for _, ref := range refs {
			if gitNodeID("REF", repo.id, ref.Name) == id {
				return repo, strings.TrimPrefix(ref.Name, headsPrefix)
			}
		}
	}
	return nil, ""
}

func (c *call) commitInput(in commitInput, tip string) (string, error) {
	var changes []bare.Change
	for _, d := range in.Changes.Deletions {
		if _, err := c.repo.git.Entry(c.ctx(), tip, d.Path); err != nil {
			return "", &graphql.Error{Type: "FILE_NOT_FOUND", Message: fmt.Sprintf("A path was requested for deletion which does not exist as of commit oid `%s`", tip)}
		}
		changes = append(changes, bare.Change{Path: d.Path})
	}
	for _, f := range in.Changes.Additions {
		data, err := decode64(f.Contents)
		if err != nil || !safePath(f.Path) {
			return "", unprocessable("%q is not a path with Base64 contents", f.Path)
		}
		sha, err := c.repo.git.Write(c.ctx(), "blob", data)
		if err != nil {
			return "", err
		}
		changes = append(changes, bare.Change{Path: f.Path, Mode: "100644", SHA: sha})
	}
	return c.commitOn(newCommit{tip: tip, message: joinMessage(in.Message.Headline, in.Message.Body), changes: changes,
		author: c.person(nil), committer: c.webFlow(), sign: true})
}
