// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody is the most bytes of a request to the API that are read.
const maxBody = 1 << 20

// call is one request to the API on its way through a handler, which runs with
// the server's lock held.
type call struct {
	*Server
	w    http.ResponseWriter
	r    *http.Request
	who  *identity // nil: nobody
	body []byte
}

// param is a part of the path; repositories come encoded twice as a rule.
func (c *call) param(name string) string {
	value := c.r.PathValue(name)
	if again, err := url.PathUnescape(value); name == "repository_name" && err == nil {
		return again
	}
	return value
}

func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

// asked reports whether a switch of the query is on.
func (c *call) asked(name string, otherwise bool) bool {
	on, err := strconv.ParseBool(c.query(name))
	if err != nil {
		return otherwise
	}
	return on
}

// read decodes the request's body; an empty one leaves v as it is.
func (c *call) read(v any) error {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, v); err != nil {
		return invalid("parsing body body from %q failed, because %v", "", err)
	}
	return nil
}

func (c *call) json(body any) error {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(http.StatusOK)
	c.w.Write(encode(body)) //nolint:errcheck,gosec // the client that went away is told nothing
	return nil
}

// done answers without a body.
func (c *call) done(status int) error {
	c.w.Header().Set("Content-Length", "0")
	c.w.WriteHeader(status)
	return nil
}

// created answers 201 with where the new thing is.
func (c *call) created(location string) error {
	c.w.Header().Set("Location", location)
	return c.done(http.StatusCreated)
}

// base is where the client reached the server.
func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// stamp is a time as Harbor's API writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, badRequest("%v", err)
	}
	return body, nil
}
