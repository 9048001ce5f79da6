// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/singleflight"

	"github.com/adze-ci/adze/internal/step"
)

// session is what is needed to write into one repository. Its logins are shared
// by all who upload, also one that fails.
type session struct {
	client   *Client
	repo     name.Repository
	patience *patience

	asking singleflight.Group
	logins sync.Map // of name.Repository to *http.Client
}

func (c *Client) session(repo name.Repository) *session {
	return &session{client: c, repo: repo, patience: c.patience()}
}

// login may write into the repository, and read from another to mount its
// blobs; that one is the repository itself where nothing is mounted.
func (s *session) login(ctx context.Context, from name.Repository) (*http.Client, error) {
	if has, ok := s.logins.Load(from); ok {
		return has.(*http.Client), nil //nolint:forcetypeassert // nothing else is stored
	}
	has, err, _ := s.asking.Do(from.Name(), func() (any, error) {
		made, err := s.newLogin(ctx, from)
		if err == nil {
			s.logins.Store(from, made)
		}
		return made, err
	})
	return has.(*http.Client), err //nolint:forcetypeassert // what the function gives
}

func (s *session) newLogin(ctx context.Context, from name.Repository) (*http.Client, error) {
	auth, err := s.client.keychain.Resolve(s.repo)
	if err != nil {
		return nil, err
	}
	scopes := []string{s.repo.Scope(transport.PushScope)}
	if from != s.repo {
		scopes = append(scopes, from.Scope(transport.PullScope))
	}
	base := transport.NewUserAgent(s.patience, "adze/"+step.Version())
	trip, err := transport.NewWithContext(context.WithValue(ctx, login{}, true), s.repo.Registry, auth, base, scopes)
	if err != nil {
		return nil, &loginError{err}
	}
	return &http.Client{Transport: trip, CheckRedirect: sameMethod}, nil
}

// sameMethod keeps what changes something from becoming a GET on its way, whose
// answer, of a page to log in maybe, would be taken for the registry's.
func sameMethod(req *http.Request, via []*http.Request) error {
	switch {
	case req.Method != via[0].Method:
		return http.ErrUseLastResponse
	case len(via) > 10:
		return errors.New("redirected more than 10 times")
	}
	return nil
}

// call is one request of a push.
type call struct {
	method string
	// url is absolute; from is the repository to mount from, where that is meant.
	url  *url.URL
	from name.Repository
	// body opens what is sent, of that many bytes; nil for nothing.
	body   func() (io.ReadCloser, error)
	size   int64
	header map[string]string
	// want are the statuses that are no error.
	want []int
}

// answer is what a push needs to know of one.
type answer struct {
	status int
	// size is what the header Content-Length says; -1 without one.
	size int64
	// span is the header Range.
	span string
	// location is where the header Location leads; nil without one.
	location *url.URL
}

// do sends a request. An answer that is not wanted is a *transport.Error.
func (s *session) do(ctx context.Context, c call) (answer, error) {
	if c.from == (name.Repository{}) {
		c.from = s.repo
	}
	client, err := s.login(ctx, c.from)
	if err != nil {
		return answer{}, err
	}
	req, err := c.request(ctx)
	if err != nil {
		return answer{}, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer drain(resp)
	a := answer{status: resp.StatusCode, size: resp.ContentLength, span: resp.Header.Get("Range")}
	if to, err := resp.Location(); err == nil {
		a.location = to
	}
	return a, transport.CheckError(resp, c.want...)
}

func (c call) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, c.method, c.url.String(), nil)
	if err != nil {
		return nil, err
	}
	for key, value := range c.header {
		req.Header.Set(key, value)
	}
	if c.body != nil {
		req.Body, err = c.body()
		req.GetBody, req.ContentLength = c.body, c.size
	}
	return req, err
}

// drain lets the connection be used again.
func drain(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
	_ = resp.Body.Close()
}

// at is an address below a repository, for example "blobs/uploads/".
func at(repo name.Repository, below string) *url.URL {
	return &url.URL{Scheme: repo.Scheme(), Host: repo.RegistryStr(), Path: path.Join("/v2", repo.RepositoryStr()) + "/" + below}
}
