// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBody is the most bytes of a request's body that are read (GitHub takes
// blobs of 100 MB, in base64).
const maxBody = 140 << 20

// object is a JSON object that is put together by hand: GitHub's answers have
// fields that must be present and null, which structs with omitempty lose.
type object = map[string]any

// call is one request to the API on its way through a handler.
type call struct {
	*Server
	w     http.ResponseWriter
	r     *http.Request
	route Route
	links links
	token *token
	actor *account
	app   *app        // set when a JWT authenticated the request
	repo  *repository // set when the route names one; its lock is held
}

func (c *call) ctx() context.Context { return c.r.Context() }

func (c *call) param(name string) string { return c.r.PathValue(name) }

// number reads a path parameter that GitHub wants to be a number.
func (c *call) number(name string) (int64, error) {
	n, err := strconv.ParseInt(c.param(name), 10, 64)
	if err != nil || n < 1 {
		return 0, notFound()
	}
	return n, nil
}

func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

func (c *call) json(status int, body any) error {
	writeJSON(c.w, status, body)
	return nil
}

func (c *call) noContent() error {
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// raw answers with bytes of another media type.
func (c *call) raw(mediaType string, data []byte) error {
	c.w.Header().Set("Content-Type", mediaType)
	_, err := c.w.Write(data)
	return err
}

// accepts says whether the client asked for one of GitHub's own media types:
// "raw" stands for application/vnd.github.raw, .raw+json and .v3.raw.
func (c *call) accepts(kind string) bool {
	for _, accept := range c.r.Header.Values("Accept") {
		for part := range strings.SplitSeq(accept, ",") {
			media, _, _ := strings.Cut(strings.TrimSpace(part), ";")
			name := strings.TrimPrefix(strings.TrimPrefix(media, "application/vnd.github."), "v3.")
			if strings.TrimSuffix(name, "+json") == kind {
				return true
			}
		}
	}
	return false
}

// body decodes the request's JSON into v. An empty body leaves v as it is.
func (c *call) body(v any) error {
	data, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if err != nil || len(data) > maxBody {
		return refuse(http.StatusRequestEntityTooLarge, "request body is too large or broken")
	}
	if len(data) == 0 {
		return nil
	}
	err = json.Unmarshal(data, v)
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return unprocessable("Invalid request.\n\nFor 'properties/%s', %s is not a %s.", wrongType.Field, wrongType.Value, wrongType.Type.Kind())
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "Problems parsing JSON")
	}
	return nil
}

// missing refuses a body that lacks a required property.
func missing(names ...string) error {
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, strconv.Quote(n))
	}
	return unprocessable("Invalid request.\n\n%s wasn't supplied.", strings.Join(quoted, ", "))
}

// stamp is how the API writes a time.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// stampOrNil is null for the zero time.
func stampOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// orNil is null for an empty string.
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
