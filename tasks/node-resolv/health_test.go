// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"
)

func TestUsable(t *testing.T) {
	addr, other := netip.MustParseAddr("10.96.0.10"), netip.MustParseAddr("10.96.0.11")
	var answer error
	now := time.Unix(0, 0)
	h := newHealth(func(context.Context, netip.Addr) error { return answer }, 30*time.Second)
	h.now = func() time.Time { return now }
	want := func(step string, fresh, installed bool) {
		t.Helper()
		if got := h.usable(addr, false); got != fresh {
			t.Errorf("%s: usable where it is not installed: %v, want %v", step, got, fresh)
		}
		if got := h.usable(addr, true); got != installed {
			t.Errorf("%s: usable where it is installed: %v, want %v", step, got, installed)
		}
	}
	want("never asked", false, true)
	now = now.Add(31 * time.Second)
	want("never asked, found in the file long ago", false, false)
	h.probe(t.Context(), []netip.Addr{addr})
	want("answers", true, true)
	answer = errors.New("silent")
	h.probe(t.Context(), []netip.Addr{addr})
	want("silent for a moment", false, true)
	now = now.Add(29 * time.Second)
	want("silent within the limit", false, true)
	now = now.Add(2 * time.Second)
	want("silent beyond the limit", false, false)
	if h.reason([]netip.Addr{addr}) == nil {
		t.Error("no reason is given")
	}
	answer = nil
	h.probe(t.Context(), []netip.Addr{addr})
	want("back", true, true)
	h.probe(t.Context(), []netip.Addr{other})
	want("no longer asked", false, true)
}
