// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// apiVersion ends the path of a REST API whose GraphQL has no version: /api/graphql
// lies beside /api/v3.
var apiVersion = regexp.MustCompile(`/v[0-9]+/$`)

// graphQL asks the forge's GraphQL endpoint, which lies beside the REST API's
// version, or below the API's root where the path names none.
func (r *Repository) graphQL(ctx context.Context, query string, variables map[string]any, data any) error {
	at := "graphql"
	if apiVersion.MatchString(r.Client.BaseURL.Path) {
		at = "../graphql"
	}
	req, err := r.Client.NewRequest(http.MethodPost, at, map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	var answer struct {
		Data   any            `json:"data"`
		Errors []graphQLError `json:"errors"`
	}
	answer.Data = data
	if _, err := r.Client.Do(ctx, req, &answer); err != nil {
		return err
	}
	if len(answer.Errors) > 0 {
		return &answer.Errors[0]
	}
	return nil
}

// graphQLError is the first of an answer's errors.
type graphQLError struct {
	Type       string `json:"type"`
	Message    string `json:"message"`
	Extensions struct {
		Code string `json:"code"`
	} `json:"extensions"`
}

// Error is the forge's words.
func (e *graphQLError) Error() string {
	if e.Type == "" {
		return e.Message
	}
	return fmt.Sprintf("%s (%s)", e.Message, e.Type)
}

// unknown tells that the forge's schema lacks the mutation or its input: an
// older GitHub Enterprise Server.
func (e *graphQLError) unknown() bool {
	return e.Extensions.Code == "undefinedField" || e.Extensions.Code == "variableRequiresValidType" ||
		strings.Contains(e.Message, "doesn't exist on type") || strings.Contains(e.Message, "isn't a defined input type")
}

// noCommit stands for a branch that is not there.
const noCommit = "0000000000000000000000000000000000000000"

// swap moves a branch from one commit to any other, or away, if it still is at
// the first. REST knows only fast-forwards and blind force; this is the mutation updateRefs,
// https://docs.github.com/en/graphql/reference/mutations#updaterefs.
func (r *Repository) swap(ctx context.Context, node, branch, from, to string) error {
	input := map[string]any{"repositoryId": node, "refUpdates": []any{
		map[string]any{"name": "refs/heads/" + branch, "beforeOid": from, "afterOid": to, "force": true},
	}}
	err := r.untilSeen(ctx, "moving branch "+branch, func() error {
		return r.graphQL(ctx, `mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }`, map[string]any{"input": input}, nil)
	})
	var answer *graphQLError
	if errors.As(err, &answer) && answer.unknown() {
		r.Log.Info("the forge cannot swap branches, so they are moved forward from now on", "said", answer.Message)
		r.cannotSwap()
		return fmt.Errorf("%w: %w", errOvertaken, r.failed("moving branch "+branch, err))
	}
	return r.settle(ctx, branch, from, to, err)
}
