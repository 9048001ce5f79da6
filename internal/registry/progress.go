// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// between is the time between two lines that say how far a push is.
const between = 10 * time.Second

// Pushed says what a push did.
type Pushed struct {
	Digest name.Digest
	// There, Mounted and Uploaded are the bytes of blobs that the repository had,
	// that it took from another of its registry, and that it got from here.
	There, Mounted, Uploaded int64
	// Sent are the bytes that were sent for the last: more, where an upload was
	// cut and could not go on.
	Sent int64
}

// progress counts a push's bytes.
type progress struct {
	total                          int64
	there, mounted, uploaded, sent atomic.Int64
	uploads                        []*upload
}

// done are the bytes that the registry has.
func (p *progress) done() int64 {
	var sum int64
	for _, u := range p.uploads {
		sum += u.at.Load()
	}
	return sum
}

// tell says how far the push is, until it is stopped.
func (p *progress) tell(log *slog.Logger) (stop func()) {
	ticker, ended := time.NewTicker(between), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				log.Info("pushing", "done", size(p.done())+" of "+size(p.total))
			case <-ended:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(ended) }
}

func (p *progress) pushed(digest name.Digest) Pushed {
	return Pushed{digest, p.there.Load(), p.mounted.Load(), p.uploaded.Load(), p.sent.Load()}
}

// LogValue is what a line of the log says of a push.
func (p Pushed) LogValue() slog.Value {
	return slog.GroupValue(slog.String("uploaded", size(p.Uploaded)), slog.String("mounted", size(p.Mounted)), slog.String("there", size(p.There)))
}

// bytes writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}
