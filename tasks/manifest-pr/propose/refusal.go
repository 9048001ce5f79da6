// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

// The forge's refusals are of four kinds. Another run was faster: everything is
// read again. A copy of the data that answered lags behind what was just written: the
// request is repeated a few times. The forge is silent: no answer could be had,
// after the transport waited long enough. All else is final, and said at once.

// failed says what was done when the forge refused, and what a person can do.
func (r *Repository) failed(doing string, err error) error {
	return r.refused(fmt.Sprintf("%s of %s/%s", doing, r.Owner, r.Name), err)
}

// refused is failed for what is not done to the repository of manifests.
func (r *Repository) refused(doing string, err error) error {
	err = fmt.Errorf("%s: %w", doing, err)
	if silent(err) {
		err = step.NoAnswer("%w", err)
	}
	if hint := r.remedy(err); hint != "" {
		err = step.Hint(err, "%s", hint)
	}
	return err
}

// overtaken tells a refusal that another run may have caused from final ones.
func (r *Repository) overtaken(doing string, err error) error {
	if err == nil {
		return nil
	}
	failed := r.failed(doing, err)
	if raced(err) {
		return fmt.Errorf("%w: %w", errOvertaken, failed)
	}
	return failed
}

// status is the HTTP status of the forge's refusal; 0 for any other error.
func status(err error) int {
	if resp := response(err); resp != nil { //nolint:bodyclose // it was read when the error was made
		return resp.StatusCode
	}
	return 0
}

// absent tells the forge's answers to a name or commit that it does not have.
func absent(err error) bool {
	s := status(err)
	return s == http.StatusNotFound || s == http.StatusUnprocessableEntity
}

func response(err error) *http.Response {
	var (
		before  *unauthenticated
		plain   *github.ErrorResponse
		limited *github.RateLimitError
		abuse   *github.AbuseRateLimitError
	)
	switch {
	case errors.As(err, &before):
		return nil
	case errors.As(err, &plain):
		return plain.Response
	case errors.As(err, &limited):
		return limited.Response
	case errors.As(err, &abuse):
		return abuse.Response
	}
	return nil
}

// silent tells that the forge gave no answer, or asked to wait for longer than
// the run may take.
func silent(err error) bool {
	var (
		limited *retry.LimitError
		primary *github.RateLimitError
		abuse   *github.AbuseRateLimitError
		cut     *url.Error
		network net.Error
		before  *unauthenticated
	)
	switch status(err) {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	switch {
	case errors.As(err, &limited), errors.As(err, &primary), errors.As(err, &abuse):
		return true
	case step.CodeOf(err) != step.CodeFailed, errors.As(err, &before), errors.Is(err, context.Canceled), retry.Permanent(err):
		return false
	}
	return errors.As(err, &cut) || errors.As(err, &network)
}

// unclear tells that a request may have done its work though no answer to it came.
func unclear(err error) bool {
	var limited *retry.LimitError
	return silent(err) && !errors.As(err, &limited) && status(err) != http.StatusTooManyRequests && status(err) != http.StatusForbidden
}

// raced tells the refusals that another run, or a person, may have caused. GitHub
// tells the cause of its 422 in words alone.
func raced(err error) bool {
	return status(err) == http.StatusConflict || wordless(err) || says(err,
		"already exists", // the ref, or the pull request
		"not a fast forward",
		"reference does not exist",
		"no commits between", // merged meanwhile
		" head invalid",
		"stale_data",
		"reference update failed",
	)
}

// bare tells a refusal to move a branch that says no more than that.
func bare(err error) bool {
	return wordless(err) || says(err, "reference update failed")
}

// wordless tells a 422 that gives no cause at all: it is worth another look.
func wordless(err error) bool {
	var rest *github.ErrorResponse
	return errors.As(err, &rest) && status(err) == http.StatusUnprocessableEntity && len(rest.Errors) == 0 &&
		(rest.Message == "" || rest.Message == "Validation Failed")
}

// lagging tells the refusals that last until all copies of a fresh object are there.
func lagging(err error) bool {
	return status(err) == http.StatusNotFound || !raced(err) && says(err, "does not exist", "is not a valid tree", "could not resolve to a node")
}

// says looks for words in the forge's explanation of a refusal.
func says(err error, any ...string) bool {
	text := strings.ToLower(words(err))
	for _, words := range any {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// words is what the forge says in a 422, or in a GraphQL error.
func words(err error) string {
	var (
		rest  *github.ErrorResponse
		graph *graphQLError
	)
	switch {
	case errors.As(err, &graph):
		return graph.Type + " " + graph.Message
	case errors.As(err, &rest) && status(err) == http.StatusUnprocessableEntity:
		text := rest.Message
		for _, e := range rest.Errors {
			text += fmt.Sprintf("; %s %s %s %s", e.Resource, e.Field, e.Code, e.Message)
		}
		return text
	}
	return ""
}

// freshTries bounds how often a request is repeated that names a fresh object.
const freshTries = 6

// untilSeen repeats what the forge refuses because it does not see yet what was just written.
func (r *Repository) untilSeen(ctx context.Context, doing string, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if err == nil || try == freshTries || !lagging(err) {
			return err
		}
		r.Log.Info("trying again what the forge does not see yet", "doing", doing, "cause", err.Error())
		if err := pause(ctx, try+1); err != nil {
			return err
		}
	}
}
