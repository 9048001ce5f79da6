// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/graphql"
)

// graphQL answers a request to the GraphQL endpoint: 200 with "errors" for all
// that went wrong inside.
func (c *call) graphQL() error {
	if c.token == nil {
		return refuse(http.StatusUnauthorized, "This endpoint requires you to be authenticated.")
	}
	var request graphql.Request
	if err := c.body(&request); err != nil {
		return err
	}
	if _, o, err := request.Operation(); err == nil {
		entryOf(c.r).Operation = rootFields(o)
	}
	c.links.rel = enterprisePrefix
	answer := graphql.Run(request, c.queryRoot(), c.without(c.mutationRoot()))
	return c.json(http.StatusOK, answer)
}

func rootFields(o graphql.Operation) string {
	var names []string
	for _, s := range o.Selections {
		names = append(names, s.Field)
	}
	return o.Kind + " " + strings.Join(names, " ")
}

// decode reads a mutation's input into v by its JSON names, and wants the named
// fields to be there.
func decode(args map[string]any, inputType string, v any, required ...string) error {
	input, ok := args["input"].(map[string]any)
	if !ok {
		return &graphql.Error{Message: "Variable $input of type " + inputType + "! was provided invalid value"}
	}
	for _, name := range required {
		if input[name] == nil {
			return &graphql.Error{Message: "Variable $input of type " + inputType + "! was provided invalid value for " + name + " (Expected value to not be null)"}
		}
	}
	data, err := json.Marshal(input)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return &graphql.Error{Message: "Variable $input of type " + inputType + "! was provided invalid value: " + err.Error()}
	}
	return nil
}

// enter locks a repository for one root field, when the token may do there what
// the field does. The caller unlocks it.
func (c *call) enter(repo *repository, permission, access, unknown string) (*call, error) {
	if repo == nil || (repo.private && !c.token.reaches(repo.fullName())) {
		return nil, &graphql.Error{Type: "NOT_FOUND", Message: unknown}
	}
	if !c.token.reaches(repo.fullName()) && access == "write" || !c.token.may(permission, access) {
		message := "Resource not accessible by personal access token"
		if c.token.installation != nil {
			message = "Resource not accessible by integration"
		}
		return nil, &graphql.Error{Type: "FORBIDDEN", Message: message}
	}
	inside := *c
	inside.repo = repo
	repo.mu.Lock()
	return &inside, nil
}

// repoByNode and pullByNode find what a GraphQL id means.
func (s *Server) repoByNode(id string) *repository {
	for _, r := range s.allRepos() {
		if nodeID("R", r.id) == id {
			return r
		}
	}
	return nil
}

func (s *Server) pullByNode(id string) (*repository, int64) {
	for _, r := range s.allRepos() {
		r.mu.Lock()
		for _, i := range r.pulls() {
			if nodeID("PR", i.id) == id {
				r.mu.Unlock()
				return r, i.number
			}
		}
		r.mu.Unlock()
	}
	return nil, 0
}

// asGraphQL turns a REST refusal into a GraphQL error.
func asGraphQL(err error) error {
	var known *apiError
	if !errors.As(err, &known) {
		return err
	}
	message := known.Message
	for _, e := range known.Errors {
		if o, ok := e.(object); ok && o["message"] != nil {
			message, _ = o["message"].(string)
		}
	}
	return &graphql.Error{Type: "UNPROCESSABLE", Message: message}
}
