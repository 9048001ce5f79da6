// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"net/http"
	"strings"

	"github.com/distribution/distribution/v3/registry/auth"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd" // checks the credentials
)

// schemeName is the access rules' name among distribution's own.
const schemeName = "public-project"

var errNoPublic = errors.New(`access rules: "public" must name a project`)

// access lets anybody pull from one project and asks the users' file about
// everything else, the ping of /v2/ included: a client that is about to push
// learns there that it has to authenticate.
type access struct {
	users  auth.AccessController
	prefix string
}

func newAccess(options map[string]any) (auth.AccessController, error) {
	public, _ := options["public"].(string)
	if public == "" {
		return nil, errNoPublic
	}
	users, err := auth.GetAccessController("htpasswd", options)
	if err != nil {
		return nil, err
	}
	return &access{users: users, prefix: public + "/"}, nil
}

// Authorized implements [auth.AccessController]. Credentials that came along are
// checked even where none are needed, as wrong ones are a mistake worth telling.
func (a *access) Authorized(r *http.Request, wanted ...auth.Access) (*auth.Grant, error) {
	if r.Header.Get("Authorization") == "" && a.open(wanted) {
		return &auth.Grant{User: auth.UserInfo{Name: "anonymous"}}, nil
	}
	return a.users.Authorized(r, wanted...)
}

// open reports whether anybody may have all that is wanted.
func (a *access) open(wanted []auth.Access) bool {
	for _, w := range wanted {
		if w.Type != "repository" || w.Action != "pull" || !strings.HasPrefix(w.Name, a.prefix) {
			return false
		}
	}
	return len(wanted) > 0
}
