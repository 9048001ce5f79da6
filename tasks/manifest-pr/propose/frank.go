// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"
)

// maxAnswer is the most of a GraphQL answer that is looked at; ours are small.
const maxAnswer = 64 << 10

// frank gives GraphQL's refusals for too many requests the status that REST's
// have: GitHub answers 200 and says in the body that the limit is used up.
// https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
type frank struct{ base http.RoundTripper }

// RoundTrip sends the request.
func (f frank) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := f.base.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK || path.Base(req.URL.Path) != "graphql" {
		return resp, err
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
	if limited(head) {
		resp.StatusCode, resp.Status = http.StatusTooManyRequests, "200 with an error of GraphQL"
		if resp.Header.Get("X-RateLimit-Remaining") != "0" && resp.Header.Get("Retry-After") == "" {
			resp.Header.Set("Retry-After", "60")
		}
	}
	return resp, nil
}

// limited looks for the error in the beginning of an answer.
func limited(head []byte) bool {
	var answer struct {
		Errors []graphQLError `json:"errors"`
	}
	if json.Unmarshal(head, &answer) != nil {
		return false
	}
	for _, e := range answer.Errors {
		if e.Type == "RATE_LIMITED" || e.Type == "RATE_LIMIT" || strings.Contains(e.Message, "secondary rate limit") {
			return true
		}
	}
	return false
}
