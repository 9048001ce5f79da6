// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// maxPeek is how much of a body a fault may look at.
const maxPeek = 1 << 20

// peek reads the beginning of a request's body and puts it back.
func peek(r *http.Request) []byte {
	head, err := io.ReadAll(io.LimitReader(r.Body, maxPeek))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err}
	}
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(head), rest))
	return head
}

type failing struct{ err error }

// Read fails as the body did.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// withoutCancel is the request's context for work that must not stop halfway
// when the client goes away.
func withoutCancel(r *http.Request) context.Context { return context.WithoutCancel(r.Context()) }
