// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"fmt"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// CommitOptions describe a commit that a test makes as if a developer pushed it.
type CommitOptions struct {
	// Branch is moved to the commit; the default branch when empty. A branch
	// that does not exist yet starts at Base (the default branch when empty).
	Branch string `json:"branch"`
	Base   string `json:"base"`
	// Message is the commit's; Author is a login, made if need be ("developer" when empty).
	Message string `json:"message"`
	Author  string `json:"author"`
	// Files are the new contents by path; null deletes.
	Files map[string]*string `json:"files"`
}

// Commit puts a commit on a branch of OWNER/NAME and returns its id. Events
// follow as for any push.
func (s *Server) Commit(ctx context.Context, fullName string, o CommitOptions) (string, error) {
	repo, err := s.lockRepo(fullName)
	if err != nil {
		return "", err
	}
	defer repo.mu.Unlock()
	if o.Author == "" {
		o.Author = "developer"
	}
	s.mu.Lock()
	actor := s.ensureAccount(o.Author, "User")
	s.mu.Unlock()
	c := &call{Server: s, repo: repo, actor: actor, links: s.ownLinks()}
	sha, update, err := c.buildCommit(ctx, o)
	if err != nil {
		return "", fmt.Errorf("committing to %s: %w", fullName, err)
	}
	if err := c.mover().move(ctx, update); err != nil {
		return "", fmt.Errorf("committing to %s: %w", fullName, err)
	}
	return sha, nil
}

// buildCommit makes the commit and says how the branch moves.
func (c *call) buildCommit(ctx context.Context, o CommitOptions) (string, bare.RefUpdate, error) {
	branch := pick(o.Branch, c.repo.defaultBranch)
	old, tip := bare.Zero, ""
	if ref, err := c.repo.git.Ref(ctx, headsPrefix+branch); err == nil {
		old, tip = ref.SHA, ref.SHA
	} else if sha, err := c.repo.git.Commit(ctx, pick(o.Base, c.repo.defaultBranch)); err == nil {
		tip = sha
	}
	var changes []bare.Change
	for path, content := range o.Files {
		change := bare.Change{Path: path}
		if content != nil {
			sha, err := c.repo.git.Write(ctx, "blob", []byte(*content))
			if err != nil {
				return "", bare.RefUpdate{}, err
			}
			change.Mode, change.SHA = "100644", sha
		}
		changes = append(changes, change)
	}
	tree, err := c.repo.git.WriteTree(ctx, tip, changes)
	if err != nil {
		return "", bare.RefUpdate{}, err
	}
	who := bare.Person{Name: c.actor.Name, Email: c.actor.Email, When: c.now()}
	g := bare.Commit{Tree: tree, Author: who, Committer: who, Message: o.Message}
	if tip != "" {
		g.Parents = []string{tip}
	}
	sha, err := c.repo.git.WriteCommit(ctx, g)
	return sha, bare.RefUpdate{Name: headsPrefix + branch, Old: old, New: sha}, err
}
