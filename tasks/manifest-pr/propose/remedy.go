// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"errors"
	"net/http"
	"strings"

	"github.com/adze-ci/adze/internal/retry"
)

// remedy is what a person can do about a refusal; empty when the refusal says it.
func (r *Repository) remedy(err error) string {
	var limited *retry.LimitError
	switch {
	case errors.As(err, &limited):
		return "run it again later, or give it more time with --deadline"
	case retry.Permanent(err):
		return "give the authority that signed the forge's certificate with --ca-file"
	case says(err, "rule violations", "protected branch"):
		return "let the credentials bypass the rules for branches that begin with adze/"
	case says(err, " base invalid"):
		return "check --base-branch"
	}
	return forbidden(response(err)) //nolint:bodyclose // it was read when the error was made
}

// forbidden explains the refusals of credentials. GitHub names the permission
// that is missing, https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api.
func forbidden(resp *http.Response) string {
	if resp == nil {
		return ""
	}
	needed := strings.NewReplacer("=", ": ", ",", ", ", ";", " or ").Replace(resp.Header.Get("X-Accepted-GitHub-Permissions"))
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		return "check that the token, or the App's key, is right and was not revoked"
	case resp.StatusCode != http.StatusForbidden:
		return ""
	case resp.Header.Get("X-GitHub-SSO") != "":
		return "authorize the token for the organization's single sign-on"
	case needed != "":
		return "give the credentials the permission " + needed
	default:
		return "the credentials need to write contents and pull requests"
	}
}
