// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/transport"
)

// silence is how long a connection may carry nothing in the middle of a request.
const silence = time.Minute

// longestWait is the longest wait between two tries: a step that waits for a
// registry to restart goes on soon after it is back.
const longestWait = 5 * time.Second

// newTransport trusts further authorities and repeats what is worth repeating.
//
// It speaks HTTP/1.1, which every registry does. With HTTP/2 all layers go through
// one connection, encrypted by one processor at a time and in frames of 16 KiB, and
// a push takes half as long again.
func newTransport(caFiles, insecure []string, limit time.Duration, log *slog.Logger) (http.RoundTripper, error) {
	base, err := transport.New(caFiles, silence)
	if err != nil {
		return nil, err
	}
	base.Protocols = new(http.Protocols)
	base.Protocols.SetHTTP1(true)
	return &retry.Transport{Limit: limit, Max: longestWait, Log: log, Base: &plainHTTP{base, insecure}}, nil
}
