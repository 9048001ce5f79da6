// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/adze-ci/adze/internal/gitx/githttp"
)

// server is git over HTTP whose requests can be made to wait.
type server struct {
	*githttp.Server
	// latency is in nanoseconds.
	latency, sent atomic.Int64
}

func newServer(ctx context.Context, root string) (*server, error) {
	git, err := githttp.New(ctx, root, false)
	if err != nil {
		return nil, err
	}
	s := &server{Server: git}
	git.Break = func(_ http.ResponseWriter, r *http.Request) bool {
		time.Sleep(time.Duration(s.latency.Load()))
		r.Body = &counted{r.Body, &s.sent}
		return false
	}
	return s, nil
}

func (s *server) reset() { s.seen() }

// seen tells what went over the wire since the last call.
func (s *server) seen() (received, sent int64, requests int) {
	return s.Bytes(), s.sent.Swap(0), len(s.Requests())
}

// counted counts the bytes of a request's body.
type counted struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n.Add(int64(n))
	return n, err
}
