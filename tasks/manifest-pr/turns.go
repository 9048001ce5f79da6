// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"context"
	"log/slog"
	"sync"

	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// atOnce is how many units are worked on at a time. They read at once; the
// client writes one thing after the other, as the forge wants it.
const atOnce = 4

// inTurn works on units a few at a time, and tells of them in their order. What a unit
// logs before its turn is held back until then.
func inTurn(ctx context.Context, units []propose.Unit, log *slog.Logger, work func(context.Context, propose.Unit, *slog.Logger) end, done func(propose.Unit, end)) {
	free := make(chan struct{}, atOnce)
	holds, ends := make([]*hold, len(units)), make([]chan end, len(units))
	for i := range units {
		holds[i], ends[i] = &hold{}, make(chan end, 1)
	}
	go func() {
		for i, u := range units {
			free <- struct{}{}
			go func() {
				ends[i] <- work(ctx, u, slog.New(inOrder{log.Handler(), holds[i]}))
				<-free
			}()
		}
	}()
	for i, u := range units {
		holds[i].release(ctx)
		done(u, <-ends[i])
	}
}

// hold keeps log records until it is released.
type hold struct {
	mu       sync.Mutex
	released bool
	kept     []func(context.Context)
}

func (h *hold) release(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, tell := range h.kept {
		tell(ctx)
	}
	h.released, h.kept = true, nil
}

// inOrder is a handler whose records wait for their turn.
type inOrder struct {
	slog.Handler
	hold *hold
}

// Handle hands a record on, or keeps it.
func (h inOrder) Handle(ctx context.Context, r slog.Record) error {
	h.hold.mu.Lock()
	defer h.hold.mu.Unlock()
	if h.hold.released {
		return h.Handler.Handle(ctx, r)
	}
	r = r.Clone()
	h.hold.kept = append(h.hold.kept, func(ctx context.Context) { _ = h.Handler.Handle(ctx, r) })
	return nil
}

// WithAttrs keeps the hold.
func (h inOrder) WithAttrs(attrs []slog.Attr) slog.Handler {
	return inOrder{h.Handler.WithAttrs(attrs), h.hold}
}

// WithGroup keeps the hold.
func (h inOrder) WithGroup(name string) slog.Handler {
	return inOrder{h.Handler.WithGroup(name), h.hold}
}
