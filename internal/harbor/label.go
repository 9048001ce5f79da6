// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-openapi/strfmt"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/artifact"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/label"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/project"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/models"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/step"
)

// ErrNoLabel says that nobody made the label.
var ErrNoLabel = errors.New("no such label")

// Label puts a label of Harbor's on an image: the project's of that name, or
// else the one that all projects have. A label that is on it already is
// success; one that nobody made is ErrNoLabel.
func (c *Client) Label(ctx context.Context, image name.Digest, called string) error {
	a, err := c.only(ctx, image.Context())
	if err != nil {
		return err
	}
	ctx, cancel := a.within(ctx)
	defer cancel()
	found, err := a.label(ctx, image, called)
	if err != nil {
		return err
	}
	_, err = a.artifacts().AddLabel(ctx, &artifact.AddLabelParams{
		ProjectName: a.project, RepositoryName: a.repository, Reference: image.DigestStr(), Label: &models.Label{ID: found.ID},
	})
	if status(err) == http.StatusConflict {
		return nil
	}
	return wrap("putting the label "+called+" on", image, "artifact-label:create", err)
}

// label finds a label by its name.
func (a *api) label(ctx context.Context, image name.Digest, called string) (*models.Label, error) {
	of, err := a.projects().GetProject(ctx, &project.GetProjectParams{ProjectNameOrID: a.project})
	if err != nil {
		return nil, wrap("asking for the project of", image, "project:read", err)
	}
	id := int64(of.Payload.ProjectID)
	for _, scope := range []string{"p", "g"} { // the project's, then everybody's
		params := &label.ListLabelsParams{Name: &called, Scope: &scope}
		if scope == "p" {
			params.ProjectID = &id
		}
		found, err := a.named(ctx, params)
		if err != nil {
			return nil, wrap("looking for the label "+called+" for", image, "label:list", err)
		}
		if found != nil {
			return found, nil
		}
	}
	err = fmt.Errorf("the label %q is in neither the project nor the whole of Harbor: %w", called, ErrNoLabel)
	return nil, step.Hint(err, "make the label in Harbor, under the project's Labels")
}

// labelsPerPage is the most that Harbor tells at once.
const labelsPerPage = 100

// named finds the label that has just that name; nil for none. Harbor looks for the
// name within names.
func (a *api) named(ctx context.Context, params *label.ListLabelsParams) (*models.Label, error) {
	page, size := int64(1), int64(labelsPerPage)
	params.Page, params.PageSize = &page, &size
	for ; ; page++ {
		got, err := label.New(a.runtime, strfmt.Default, a.auth).ListLabels(ctx, params)
		if err != nil {
			return nil, err
		}
		for _, l := range got.Payload {
			if l.Name == *params.Name {
				return l, nil
			}
		}
		if len(got.Payload) < labelsPerPage {
			return nil, nil
		}
	}
}
