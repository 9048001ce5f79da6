// SPDX-License-Identifier: Apache-2.0

package counted

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/measure"
)

// What goes through the listener is counted, in both directions.
func TestRegistryCounts(t *testing.T) {
	t.Parallel()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, strings.Repeat("a", 5_000))
	}))
	defer backend.Close()
	r := &Registry{backend: backend.Listener.Addr().String()}
	if err := r.listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer r.listener.Close() //nolint:errcheck // the test is over
	client, err := net.Dial("tcp", r.Host)
	if err != nil {
		t.Fatal(err)
	}
	request := "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3000\r\n\r\n" + strings.Repeat("b", 3_000)
	if _, err := io.WriteString(client, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(client)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if sent, received := r.Seen(); sent != int64(len(request)) || received != int64(len(answer)) || received < 5_000 {
		t.Errorf("%d bytes were sent and %d received; want %d and %d", sent, received, len(request), len(answer))
	}
	if sent, received := r.Seen(); sent != 0 || received != 0 {
		t.Errorf("%d and %d bytes are counted twice", sent, received)
	}
}

// Each figure's median is its own.
func TestMedian(t *testing.T) {
	t.Parallel()
	at := func(took time.Duration, sent int64) Figures {
		return Figures{Spent: measure.Spent{Took: took}, Sent: sent}
	}
	if got, want := Median([]Figures{at(3, 10), at(1, 30), at(2, 20)}), at(2, 20); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
