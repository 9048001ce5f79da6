// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// health remembers which nameservers answer.
type health struct {
	ask   func(context.Context, netip.Addr) error
	limit time.Duration
	now   func() time.Time

	lastGood map[netip.Addr]time.Time
	silent   map[netip.Addr]error
}

func newHealth(ask func(context.Context, netip.Addr) error, limit time.Duration) *health {
	return &health{ask: ask, limit: limit, now: time.Now, lastGood: map[netip.Addr]time.Time{}, silent: map[netip.Addr]error{}}
}

// probe asks each of the nameservers, and forgets all others.
func (h *health) probe(ctx context.Context, addrs []netip.Addr) {
	for addr := range h.silent {
		if !slices.Contains(addrs, addr) {
			delete(h.silent, addr)
			delete(h.lastGood, addr)
		}
	}
	for _, addr := range addrs {
		err := h.ask(ctx, addr)
		if ctx.Err() != nil {
			return
		}
		h.silent[addr] = err
		if err == nil {
			h.lastGood[addr] = h.now()
		}
	}
}

// usable tells whether a nameserver may stand in the file: one that is not
// there yet must have answered just now, one that is there must not have been
// silent for longer than the limit.
func (h *health) usable(addr netip.Addr, installed bool) bool {
	err, asked := h.silent[addr]
	if asked && err == nil {
		return true
	}
	if !installed {
		return false
	}
	if _, seen := h.lastGood[addr]; !seen {
		h.lastGood[addr] = h.now() // found in the file at the start: its time runs from now
	}
	return h.now().Sub(h.lastGood[addr]) < h.limit
}

// reason is why a nameserver is silent, if it is.
func (h *health) reason(addrs []netip.Addr) error {
	for _, addr := range addrs {
		if err := h.silent[addr]; err != nil {
			return err
		}
	}
	return nil
}
