// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Refusal is why a registry refused, as far as its words tell.
type Refusal string

// The refusals that Harbor words, as versions 2.10 to 2.15 do.
const (
	// MissingProject: nobody made the project.
	MissingProject Refusal = "missing-project"
	// NoRight: who asked may not do that in this repository.
	NoRight Refusal = "no-right"
	// BadCredentials: the registry does not know the user, or not that password.
	BadCredentials Refusal = "bad-credentials"
	// Quota: the project would get larger than it may.
	Quota Refusal = "quota"
	// ReadOnly: nobody may change anything now.
	ReadOnly Refusal = "read-only"
	// Immutable: a rule of the project holds the tag where it is.
	Immutable Refusal = "immutable"
	// PullForbidden: a rule of the project lets nobody pull the image.
	PullForbidden Refusal = "pull-forbidden"
)

// refusalOf reads a refusal's words; empty for others and for other errors.
func refusalOf(err error) Refusal {
	var answer *transport.Error
	if !errors.As(err, &answer) {
		return ""
	}
	for _, known := range []struct {
		status  int
		words   []string
		refusal Refusal
	}{
		{http.StatusUnauthorized, []string{"project ", " not found"}, MissingProject},
		{http.StatusUnauthorized, []string{"unauthorized to access repository"}, NoRight},
		{http.StatusUnauthorized, []string{"unauthorized: unauthorized"}, BadCredentials},
		{http.StatusForbidden, []string{"will exceed the configured upper limit"}, Quota},
		{http.StatusForbidden, []string{"read only mode"}, ReadOnly},
		{http.StatusPreconditionFailed, []string{"configured as immutable"}, Immutable},
		{http.StatusPreconditionFailed, []string{"cannot be pulled due to configured policy"}, PullForbidden},
	} {
		if answer.StatusCode == known.status && says(answer, known.words) {
			return known.refusal
		}
	}
	return ""
}

// refusalToRead is refusalOf for what is read, of which a push has words of its own
// only that nobody may pull it: the others are about the repository pushed to.
func refusalToRead(err error) Refusal {
	if why := refusalOf(err); why == PullForbidden {
		return why
	}
	return ""
}

// invalidName knows Harbor's word for a repository without a project, and that of
// others for any that they do not take.
func invalidName(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) && (says(answer, []string{"invalid repository name"}) || coded(answer, transport.NameInvalidErrorCode))
}

// says tells whether a message has all the words.
func says(answer *transport.Error, words []string) bool {
	for _, diagnostic := range answer.Errors {
		all := true
		for _, w := range words {
			all = all && strings.Contains(diagnostic.Message, w)
		}
		if all {
			return true
		}
	}
	return false
}

// advice is what a user can do; empty where the status must do.
func (r Refusal) advice() string {
	switch r {
	case MissingProject:
		return "Harbor makes no project by itself; create it first"
	case NoRight:
		return "the credentials are right and lack the right: give the robot account repository:push and repository:pull in this project"
	case BadCredentials:
		return "the registry does not know the user and password in --docker-config: is the robot account disabled or expired, its secret another, or its name without robot$?"
	case Quota:
		return "the project's quota is used up: have it raised, or old images deleted and garbage collected"
	case ReadOnly:
		return "Harbor is in read-only mode, as during garbage collection; its administrator ends that"
	case Immutable:
		return "a rule of the Harbor project makes the tag immutable"
	case PullForbidden:
		return "the Harbor project lets nobody pull an image with such findings, or one that was not scanned"
	}
	return ""
}

// refused is wrap, once it is known whether it is the right that lacks or the
// password that is wrong. Harbor's token service answers 200 to a wrong one.
//
// What could not be read to be pushed is told as that.
func (c *Client) refused(ctx context.Context, op string, ref name.Digest, err error) error {
	var read *Error
	if errors.As(err, &read) {
		return fmt.Errorf("%s %s: %w", op, ref, err)
	}
	why := refusalOf(err)
	if why == NoRight && !c.known(ctx, ref.Context()) {
		why = BadCredentials
	}
	return wrapAs(op, ref, err, why)
}

// known asks whether the registry knows the credentials; without an answer they
// are taken for good, and without credentials there is nothing to know.
func (c *Client) known(ctx context.Context, repo name.Repository) bool {
	login, err := authn.Resolve(ctx, c.keychain, repo)
	if err != nil {
		return true
	}
	words, err := authn.Authorization(ctx, login)
	if err != nil || words.Username == "" {
		return true
	}
	// Plain HTTP only where the push has come to the same conclusion.
	spoken, err := transport.Ping(ctx, repo.Registry, c.transport)
	if err != nil {
		return true
	}
	scheme := "https"
	if spoken.Insecure {
		scheme = "http"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+repo.RegistryStr()+"/v2/", nil)
	if err != nil {
		return true
	}
	req.SetBasicAuth(words.Username, words.Password)
	resp, err := (&http.Client{Transport: c.transport}).Do(req)
	if err != nil {
		return true
	}
	drain(resp)
	return resp.StatusCode != http.StatusUnauthorized
}
