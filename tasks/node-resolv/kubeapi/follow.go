// SPDX-License-Identifier: Apache-2.0

package kubeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// watchFor is how long the server is asked to keep one watch open.
	watchFor = 5 * time.Minute
	// firstWait and lastWait bound the wait before a watch is taken up again.
	firstWait = time.Second
	lastWait  = 30 * time.Second
)

// metadata is what a watch needs of an object's.
type metadata struct{ ResourceVersion string }

func (s Service) version() string { return s.Metadata.ResourceVersion }
func (s Secret) version() string  { return s.Metadata.ResourceVersion }

// path is the path of an object of the core group.
func path(resource string, name Name) string {
	return "/api/v1/namespaces/" + name.Namespace + "/" + resource + "/" + name.Name
}

// follow tells an object until the context ends.
func follow[T interface{ version() string }](ctx context.Context, c *Client, resource string, name Name, tell func(T, error)) {
	for wait := firstWait; ctx.Err() == nil; {
		started := time.Now()
		if err := followOnce(ctx, c, resource, name, tell); err != nil && ctx.Err() == nil {
			var none T
			tell(none, err)
		}
		if time.Since(started) > lastWait {
			wait = firstWait
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, lastWait)
	}
}

// followOnce reads an object and watches it until the watch ends. One that is
// not there is watched for too: without a version to begin at, a watch tells first
// what is there: https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch
func followOnce[T interface{ version() string }](ctx context.Context, c *Client, resource string, name Name, tell func(T, error)) error {
	var object T
	err := c.get(ctx, path(resource, name), &object)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	tell(object, err)
	ctx, cancel := context.WithTimeout(ctx, watchFor+callTimeout)
	defer cancel()
	query := url.Values{
		"watch":          {"true"},
		"fieldSelector":  {"metadata.name=" + name.Name},
		"timeoutSeconds": {strconv.Itoa(int(watchFor.Seconds()))},
	}
	if err == nil {
		query.Set("resourceVersion", object.version())
	}
	resp, err := c.send(ctx, c.watches, http.MethodGet, "/api/v1/namespaces/"+name.Namespace+"/"+resource, query, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // a watch's end
	return tellEvents(json.NewDecoder(resp.Body), resource+" "+name.String(), tell)
}

// tellEvents reads a watch's events until it ends:
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
func tellEvents[T any](events *json.Decoder, what string, tell func(T, error)) error {
	for {
		var event struct {
			Type   string
			Object json.RawMessage
		}
		if err := events.Decode(&event); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("watching %s: %w", what, err)
		}
		var object T
		switch event.Type {
		case "ADDED", "MODIFIED":
			if err := json.Unmarshal(event.Object, &object); err != nil {
				return fmt.Errorf("watching %s: %w", what, err)
			}
			tell(object, nil)
		case "DELETED":
			tell(object, fmt.Errorf("watching %s: it was deleted: %w", what, ErrNotFound))
		case "ERROR":
			return nil // most often 410 Gone: read it anew
		}
	}
}
