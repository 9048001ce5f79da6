// SPDX-License-Identifier: Apache-2.0

package tunnel

import (
	"io"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/util/httpstream" //nolint:staticcheck // the type that this client-go deals in
)

// fakeSession hands out streams over pipes.
type fakeSession struct {
	streams chan *fakeStream
	closed  bool
}

func (s *fakeSession) CreateStream(h http.Header) (httpstream.Stream, error) {
	r1, w1 := io.Pipe()
	r2, w2 := io.Pipe()
	stream := &fakeStream{Reader: r1, WriteCloser: w2, header: h.Clone(), fromCaller: r2, toCaller: w1}
	s.streams <- stream
	return stream, nil
}

func (s *fakeSession) Close() error                       { s.closed = true; return nil }
func (s *fakeSession) CloseChan() <-chan bool             { return nil }
func (s *fakeSession) SetIdleTimeout(time.Duration)       {}
func (s *fakeSession) RemoveStreams(...httpstream.Stream) {}
