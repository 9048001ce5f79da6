// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"io"
	"strings"
	"sync"
	"time"
)

// maxSaid is how much of what a server writes to its errors is kept.
const maxSaid = 1000

// tail keeps the beginning of what is written.
type tail struct {
	mu sync.Mutex
	b  strings.Builder
}

// Write is part of io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b.Write(p[:min(len(p), maxSaid-min(maxSaid, t.b.Len()))])
	return len(p), nil
}

// String is what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(t.b.String())
}

// watchedReader ends what it reads from when nothing comes.
type watchedReader struct {
	r       io.Reader
	silence time.Duration
	end     func()

	mu    sync.Mutex
	timer *time.Timer
	fired bool
}

// Read waits for as long as the peer may be silent.
func (w *watchedReader) Read(b []byte) (int, error) {
	w.mu.Lock()
	if w.timer == nil {
		w.timer = time.AfterFunc(w.silence, func() {
			w.mu.Lock()
			w.fired = true
			w.mu.Unlock()
			w.end()
		})
	} else {
		w.timer.Reset(w.silence)
	}
	w.mu.Unlock()
	return w.r.Read(b)
}

func (w *watchedReader) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
}

func (w *watchedReader) silent() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fired
}
