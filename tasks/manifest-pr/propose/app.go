// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"cmp"
	"context"
	"crypto/rsa"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
)

// AppOptions say which GitHub App to act as, and where.
type AppOptions struct {
	// APIURL is as in [ClientOptions].
	APIURL string
	// ID is the App's id or its client id, and Key its private key in PEM.
	ID  string
	Key []byte
	// Installation is that in the manifests' repository; 0 to find it there.
	Installation int64
	// Repo and SourceRepo are the OWNER/NAME of the manifests, which are written,
	// and of the sources, which are read; the latter empty when it is the same.
	Repo, SourceRepo string
}

// App authenticates as installations of a GitHub App. Their tokens live an
// hour; a new one is made when the old one has less than five minutes left, or is not
// taken any more. A token reaches one repository and may do there what is needed.
type App struct {
	root *url.URL
	id   string
	key  *rsa.PrivateKey

	manifests, sources *grant
}

// grant is what the App may do in one repository.
type grant struct {
	owner, name  string
	permissions  *github.InstallationPermissions
	installation int64

	mu      sync.Mutex
	token   string
	expires time.Time
}

// NewApp reads the App's key.
func NewApp(o AppOptions) (*App, error) {
	key, err := parseKey(o.Key)
	if err != nil {
		return nil, step.Misuse("the key of App %s %w", o.ID, err)
	}
	root, err := apiRoot(o.APIURL)
	if err != nil {
		return nil, err
	}
	a := &App{root: root, id: o.ID, key: key}
	write, read := github.String("write"), github.String("read")
	a.manifests = &grant{installation: o.Installation, permissions: &github.InstallationPermissions{Contents: write, PullRequests: write}}
	a.manifests.owner, a.manifests.name, _ = SplitName(o.Repo)
	a.sources = a.manifests
	if source := cmp.Or(o.SourceRepo, o.Repo); !strings.EqualFold(source, o.Repo) {
		a.sources = &grant{permissions: &github.InstallationPermissions{Contents: read}}
		a.sources.owner, a.sources.name, _ = SplitName(source)
		if strings.EqualFold(a.sources.owner, a.manifests.owner) {
			a.sources.installation = o.Installation // an App has one in each account
		}
	}
	return a, nil
}

// Header gives the token for a request's repository, a new one when need be.
func (a *App) Header(req *http.Request, transport http.RoundTripper) (string, error) {
	g := a.grant(req)
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Until(g.expires) > 5*time.Minute {
		return "Bearer " + g.token, nil
	}
	token, err := a.renew(req.Context(), g, transport)
	if err != nil {
		return "", fmt.Errorf("as App %s in %s/%s: %w", a.id, g.owner, g.name, err)
	}
	g.token, g.expires = token.GetToken(), token.GetExpiresAt().Time
	return "Bearer " + g.token, nil
}

// grant is that of the repository that a request is about; GraphQL is asked
// about the manifests alone.
func (a *App) grant(req *http.Request) *grant {
	path := strings.ToLower(strings.TrimPrefix(req.URL.Path, a.root.Path))
	if strings.HasPrefix(path+"/", strings.ToLower("repos/"+a.sources.owner+"/"+a.sources.name+"/")) {
		return a.sources
	}
	return a.manifests
}

// Forget drops a token that the forge refused, as it does when it was revoked or
// the installation changed.
func (a *App) Forget(header string) {
	for _, g := range []*grant{a.manifests, a.sources} {
		g.mu.Lock()
		if header == "Bearer "+g.token {
			g.expires = time.Time{}
		}
		g.mu.Unlock()
	}
}

func (a *App) renew(ctx context.Context, g *grant, transport http.RoundTripper) (*github.InstallationToken, error) {
	jwt, err := a.jwt(time.Now())
	if err != nil {
		return nil, err
	}
	client := github.NewClient(&http.Client{Transport: transport}).WithAuthToken(jwt)
	client.BaseURL = a.root
	if g.installation == 0 {
		found, _, err := client.Apps.FindRepositoryInstallation(ctx, g.owner, g.name)
		if err != nil {
			return nil, unfit(err, g)
		}
		g.installation = found.GetID()
	}
	token, _, err := client.Apps.CreateInstallationToken(ctx, g.installation, &github.InstallationTokenOptions{Repositories: []string{g.name}, Permissions: g.permissions})
	return token, unfit(err, g)
}

// unfit says what is wrong with the App or its installation.
func unfit(err error, g *grant) error {
	switch status(err) {
	case http.StatusUnauthorized:
		return step.Hint(err, "check --app-id and that the key is one of that App's; the machine's clock must be right")
	case http.StatusNotFound:
		return step.Hint(err, "install the App in %s/%s, and check --app-installation-id", g.owner, g.name)
	case http.StatusUnprocessableEntity:
		return step.Hint(err, "the App needs the permission contents: %s%s, and %s/%s must be among the installation's repositories",
			g.permissions.GetContents(), map[bool]string{true: ", pull requests: write"}[g.permissions.PullRequests != nil], g.owner, g.name)
	}
	return err
}
