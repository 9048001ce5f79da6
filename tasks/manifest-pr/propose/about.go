// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"net/http"
	"sync"
)

// about is what the forge says of a repository once in a run.
type about struct {
	mu    sync.Mutex
	asked bool
	// node is the repository's id in GraphQL; empty at a forge that has no
	// GraphQL, or none that can swap a branch.
	node string
	// branch is the default branch; empty in a repository without commits, and
	// until it was asked for where there is no GraphQL.
	branch string
}

// aboutQuery asks for all of it at once.
const aboutQuery = `query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id defaultBranchRef { name } } }`

// ask asks once. The caller holds the lock.
func (r *Repository) ask(ctx context.Context) error {
	if r.about.asked {
		return nil
	}
	var data struct {
		Repository struct {
			ID            string `json:"id"`
			DefaultBranch struct {
				Name string `json:"name"`
			} `json:"defaultBranchRef"`
		} `json:"repository"`
	}
	err := r.graphQL(ctx, aboutQuery, map[string]any{"owner": r.Owner, "name": r.Name}, &data)
	switch status(err) {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		err = nil // a forge without GraphQL
	}
	if err != nil {
		return r.failed("asking for id and default branch", err)
	}
	r.about.asked, r.about.node, r.about.branch = true, data.Repository.ID, data.Repository.DefaultBranch.Name
	return nil
}

// nodeID is the repository's id in GraphQL; empty where branches cannot be
// swapped, for which REST's fast-forward stands in.
func (r *Repository) nodeID(ctx context.Context) (string, error) {
	r.about.mu.Lock()
	defer r.about.mu.Unlock()
	err := r.ask(ctx)
	return r.about.node, err
}

// cannotSwap remembers that the forge's GraphQL lacks the mutation.
func (r *Repository) cannotSwap() {
	r.about.mu.Lock()
	defer r.about.mu.Unlock()
	r.about.node = ""
}

// defaultBranch is the repository's default branch. It is asked for once, along
// with the id; where there is no GraphQL, with one request of its own.
func (r *Repository) defaultBranch(ctx context.Context) (string, error) {
	r.about.mu.Lock()
	defer r.about.mu.Unlock()
	if err := r.ask(ctx); err != nil || r.about.branch != "" {
		return r.about.branch, err
	}
	repo, _, err := r.Client.Repositories.Get(ctx, r.Owner, r.Name)
	if err != nil {
		return "", r.failed("asking for the default branch", err)
	}
	r.about.branch = repo.GetDefaultBranch()
	return r.about.branch, nil
}
