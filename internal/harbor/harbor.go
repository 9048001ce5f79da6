// SPDX-License-Identifier: Apache-2.0

// Package harbor talks to Harbor's own API, version 2.0, by which it does what
// the distribution protocol cannot: put a tag on an image that a project's rules
// forbid to pull, scan an image and read its report, create a project.
//
// A [Client] lies beneath a [registry.Client], which asks it where a registry is a
// Harbor; [Options] makes the two together. It finds that out itself, once for
// each host, and never takes silence for a no.
//
// What Harbor answers is in https://github.com/goharbor/harbor/blob/main/api/v2.0/swagger.yaml,
// and where Harbor does otherwise a comment says so.
package harbor

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-openapi/runtime"
	openapi "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/artifact"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// basePath is where the API begins.
const basePath = "/api/v2.0"

// Client asks Harbors. One serves all registries of a [registry.Client], with
// its credentials.
type Client struct {
	registry *registry.Client
	mode     string
	hosts    hosts
}

// attach has a registry's client ask a Harbor client that has its transport
// and credentials.
func attach(r *registry.Client, mode string) *Client {
	c := &Client{registry: r, mode: mode}
	r.UseHarbor(c)
	return c
}

// api is Harbor's API for one repository.
type api struct {
	project, repository string // the repository is without its project, and escaped once
	base                *url.URL
	client              *http.Client
	runtime             *openapi.Runtime
	auth                runtime.ClientAuthInfoWriter
	access              registry.Access
}

// api gives the API for a repository.
func (c *Client) api(ctx context.Context, repo name.Repository) (*api, error) {
	project, rest, ok := strings.Cut(repo.RepositoryStr(), "/")
	if !ok {
		return nil, step.Misuse("image repository %q: Harbor's have a project: HOST/PROJECT/NAME", repo)
	}
	access, err := c.registry.Access(ctx, repo)
	if err != nil {
		return nil, err
	}
	base, err := c.base(ctx, repo)
	if err != nil {
		return nil, err
	}
	a := &api{project: project, repository: url.PathEscape(rest), base: base, access: access}
	a.client = &http.Client{Transport: refusals{access.Transport}, CheckRedirect: stay}
	a.runtime = openapi.NewWithClient(base.Host, base.Path, []string{base.Scheme}, a.client)
	a.runtime.Debug = false // it is by $DEBUG, and would print the password
	if access.User != "" {
		a.auth = openapi.BasicAuth(access.User, access.Password)
	}
	return a, nil
}

// only gives the API where the registry is a Harbor.
func (c *Client) only(ctx context.Context, repo name.Repository) (*api, error) {
	switch is, err := c.Is(ctx, repo); {
	case err != nil:
		return nil, err
	case !is:
		return nil, step.Misuse("the registry %s is no Harbor, by its own word or that of --harbor, and only a Harbor can do this", repo.RegistryStr())
	}
	return c.api(ctx, repo)
}

func (a *api) artifacts() *artifact.Client { return artifact.New(a.runtime, strfmt.Default, a.auth) }

// within bounds an operation in time.
func (a *api) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 2*a.access.Timeout)
}

// stay follows no redirect: net/http would take the password along from HTTPS to
// plain HTTP on the same host.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
