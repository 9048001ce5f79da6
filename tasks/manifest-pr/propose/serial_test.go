// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestWritesComeOneAfterTheOther(t *testing.T) {
	var reads sync.WaitGroup
	reads.Add(2)
	var writing, most atomic.Int32
	s := newSerial(transportFunc(func(req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodGet {
			reads.Done()
			reads.Wait() // for the other one
			return &http.Response{}, nil
		}
		if n := writing.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer writing.Add(-1)
		return &http.Response{}, req.Context().Err()
	}))
	send := func(ctx context.Context, method string) error {
		req, err := http.NewRequestWithContext(ctx, method, "http://forge.example/", nil)
		if err != nil {
			return err
		}
		_, err = s.RoundTrip(req) //nolint:bodyclose // there is none
		return err
	}
	var all sync.WaitGroup
	for _, method := range []string{"GET", "GET", "POST", "PATCH", "POST", "DELETE", "PUT", "POST"} {
		all.Go(func() {
			if err := send(t.Context(), method); err != nil {
				t.Errorf("%s: %v", method, err)
			}
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d writes at a time", most.Load())
	}
	<-s.free // somebody writes
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := send(ctx, "POST"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
