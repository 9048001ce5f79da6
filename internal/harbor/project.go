// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"net/http"

	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/project"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/models"
	"github.com/google/go-containerregistry/pkg/name"
)

// CreateProject makes a repository's project, private and with what Harbor has
// for new ones, and tells whether it did. One that exists stays as it is. The
// error is a misuse where the registry is no Harbor.
func (c *Client) CreateProject(ctx context.Context, repo name.Repository) (bool, error) {
	a, err := c.only(ctx, repo)
	if err != nil {
		return false, err
	}
	ctx, cancel := a.within(ctx)
	defer cancel()
	// An account of a project may not create one, and need not where it exists.
	_, err = a.projects().HeadProject(ctx, &project.HeadProjectParams{ProjectName: a.project})
	if err == nil {
		return false, nil
	}
	if status(err) != http.StatusNotFound {
		return false, wrap("asking for the project of", repo, "project:read", err)
	}
	_, err = a.projects().CreateProject(ctx, &project.CreateProjectParams{
		Project: &models.ProjectReq{ProjectName: a.project, Metadata: &models.ProjectMetadata{Public: "false"}},
	})
	if status(err) == http.StatusConflict {
		return false, nil // another run was faster
	}
	return err == nil, wrap("creating the project of", repo, "project:create, which only one of the system can have, or create the project by hand", err)
}
