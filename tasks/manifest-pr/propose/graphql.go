// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// graphQL asks the forge's GraphQL endpoint, which lies beside the REST API:
// /graphql next to the root of api.github.com, /api/graphql next to /api/v3.
func (r *Repository) graphQL(ctx context.Context, query string, variables map[string]any, data any) error {
	at := "graphql"
	if r.Client.BaseURL.Path != "/" {
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

type graphQLError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

func (e *graphQLError) Error() string { return fmt.Sprintf("%s (%s)", e.Message, e.Type) }

// noCommit stands for a branch that is not there.
const noCommit = "0000000000000000000000000000000000000000"

// swap moves a branch from one commit to any other, or away, if it still is at
// the first. REST knows only fast-forwards and blind force; this is the mutation updateRefs,
// https://docs.github.com/en/graphql/reference/mutations#updaterefs.
func (r *Repository) swap(ctx context.Context, node, branch, from, to string) error {
	err := r.graphQL(ctx, `mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }`,
		map[string]any{"input": map[string]any{"repositoryId": node, "refUpdates": []any{
			map[string]any{"name": "refs/heads/" + branch, "beforeOid": from, "afterOid": to, "force": true},
		}}}, nil)
	var answer *graphQLError
	if errors.As(err, &answer) && answer.Type != "FORBIDDEN" && answer.Type != "INSUFFICIENT_SCOPES" && answer.Type != "NOT_FOUND" {
		return fmt.Errorf("%w: %w", errOvertaken, r.failed("moving branch "+branch, err))
	}
	if err != nil {
		return r.failed("moving branch "+branch, err)
	}
	return nil
}
