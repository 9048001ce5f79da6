// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// links makes the addresses in answers. They name the host that the client
// called, so that they work from a pod and from a test alike.
type links struct {
	web string // of the site: http://host
	rel string // of the API below it: /api/v3 or nothing
}

func (l links) api(format string, args ...any) string {
	return l.web + l.rel + fmt.Sprintf(format, args...)
}

func (l links) site(format string, args ...any) string { return l.web + fmt.Sprintf(format, args...) }

type contextKey int

const (
	baseKey contextKey = iota
	entryKey
)

func linksOf(r *http.Request) links {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	l := links{web: scheme + "://" + r.Host}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		l.rel = enterprisePrefix
	}
	return l
}

func withBase(r *http.Request) context.Context {
	return context.WithValue(r.Context(), baseKey, linksOf(r))
}

func baseOf(r *http.Request) links {
	l, _ := r.Context().Value(baseKey).(links)
	return l
}

func withEntry(ctx context.Context, e *Request) context.Context {
	return context.WithValue(ctx, entryKey, e)
}

func entryOf(r *http.Request) *Request {
	if e, ok := r.Context().Value(entryKey).(*Request); ok {
		return e
	}
	return &Request{}
}

// nodeID is a GraphQL id: GitHub's are a prefix for the type and an opaque part.
func nodeID(kind string, id int64) string {
	return kind + "_" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d", id))
}

// gitNodeID is the GraphQL id of something that has an object id or a name.
func gitNodeID(kind string, repo int64, name string) string {
	return kind + "_" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d:%s", repo, name))
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: it ends the program
	return hex.EncodeToString(b)
}

// requestID looks as GitHub's X-GitHub-Request-Id does.
func requestID() string {
	return strings.ToUpper(fmt.Sprintf("%s:%s:%s:%s:%s", randomHex(2), randomHex(3), randomHex(3), randomHex(3), randomHex(4)))
}

// uuid is a random id in the form of RFC 9562.
func uuid() string {
	h := randomHex(16)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}
