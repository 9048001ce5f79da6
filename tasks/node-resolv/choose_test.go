// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"
)

func TestNameserversChosen(t *testing.T) {
	v4, v6, old := netip.MustParseAddr("10.96.0.10"), netip.MustParseAddr("fd00::a"), netip.MustParseAddr("10.0.0.1")
	for _, c := range []struct {
		name           string
		service, owned []netip.Addr
		answers        []netip.Addr
		unchecked      bool
		want           []netip.Addr
	}{
		{name: "nothing known"},
		{name: "fresh", service: []netip.Addr{v4}, answers: []netip.Addr{v4}, want: []netip.Addr{v4}},
		{name: "fresh but silent", service: []netip.Addr{v4}},
		{name: "dual stack", service: []netip.Addr{v4, v6}, answers: []netip.Addr{v6, v4}, want: []netip.Addr{v4, v6}},
		{name: "one family silent", service: []netip.Addr{v4, v6}, answers: []netip.Addr{v6}, want: []netip.Addr{v6}},
		{name: "loop not known, fresh", service: []netip.Addr{v4}, answers: []netip.Addr{v4}, unchecked: true},
		{name: "loop not known, installed by a predecessor", service: []netip.Addr{v4}, owned: []netip.Addr{v4}, answers: []netip.Addr{v4}, unchecked: true, want: []netip.Addr{v4}},
		{name: "API server never reached", owned: []netip.Addr{old}, answers: []netip.Addr{old}, unchecked: true, want: []netip.Addr{old}},
		{name: "new address answers", service: []netip.Addr{v4}, owned: []netip.Addr{old}, answers: []netip.Addr{v4, old}, want: []netip.Addr{v4}},
		{name: "new address is silent yet", service: []netip.Addr{v4}, owned: []netip.Addr{old}, answers: []netip.Addr{old}, want: []netip.Addr{old}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ask := func(_ context.Context, addr netip.Addr) error {
				if slices.Contains(c.answers, addr) {
					return nil
				}
				return errors.New("silent")
			}
			f := &facts{dns: c.service, health: newHealth(ask, time.Hour)}
			f.health.probe(t.Context(), append(slices.Clone(c.service), c.owned...))
			if got := f.nameservers(!c.unchecked, c.owned); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
