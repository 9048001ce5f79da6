// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

// caller calls the API, and holds each answer to the description.
type caller struct {
	t     *testing.T
	forge *forgetest.Forge
	api   *description
	token string
	// good are the routes that answered with success.
	good map[string]bool
}

type answer map[string]any

// as is the same caller with another token.
func (c caller) as(token string) caller {
	c.token = token
	return c
}

// do calls a path, wants a status, and returns the body's object ("items" holds
// a list). body is a value to be sent as JSON, or nil.
func (c caller) do(method, path string, body any, want int, accept ...string) answer {
	c.t.Helper()
	var sent io.Reader = http.NoBody
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		sent = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.forge.URL+"/api/v3"+path, sent)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for _, media := range accept {
		req.Header.Set("Accept", "application/vnd.github."+media)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.judge(req, res, want)
}

func (c caller) judge(req *http.Request, res *http.Response, want int) answer {
	c.t.Helper()
	defer res.Body.Close() //nolint:errcheck // nothing is left to do
	data, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	at := strings.TrimPrefix(req.URL.EscapedPath(), "/api/v3")
	if res.StatusCode != want {
		c.t.Errorf("%s %s: status %d, want %d: %s", req.Method, at, res.StatusCode, want, data)
	}
	if err := c.api.check(req.Method, at, res.StatusCode, res.Header.Get("Content-Type"), data); err != nil {
		c.t.Errorf("%s %s: %d: %v", req.Method, at, res.StatusCode, err)
	}
	if res.StatusCode < 300 {
		template, _ := c.api.operation(req.Method, at)
		c.good[req.Method+" "+template] = true
	}
	out := answer{}
	if json.Unmarshal(data, &out) != nil {
		var items []any
		if json.Unmarshal(data, &items) == nil {
			out = answer{"items": items}
		}
	}
	return out
}

// text reads a string at a path of keys.
func (a answer) text(keys ...string) string {
	var at any = map[string]any(a)
	for _, key := range keys {
		m, _ := at.(map[string]any)
		at = m[key]
	}
	s, _ := at.(string)
	return s
}

// id reads the object's number in path form.
func (a answer) id(key string) string {
	data, err := json.Marshal(a[key])
	if err != nil {
		return ""
	}
	return string(data)
}
