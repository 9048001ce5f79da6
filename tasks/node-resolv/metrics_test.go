// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

func TestMetricsTellTheSituation(t *testing.T) {
	var m metrics
	up, down := netip.MustParseAddr("10.96.0.10"), netip.MustParseAddr("fd00::a")
	m.count("resolv-conf", outcome{changed: true, owned: []string{"10.96.0.10"}}, situation{reason: installed}, map[netip.Addr]error{up: nil, down: errors.New("silent")})
	m.count("resolv-conf", outcome{owned: []string{"10.96.0.10"}, err: errors.New("unwritable")}, situation{reason: failed}, map[netip.Addr]error{up: nil, down: errors.New("silent")})
	var got []string
	for line := range strings.Lines(m.text()) {
		if !strings.HasPrefix(line, "#") {
			got = append(got, strings.TrimPrefix(line, "node_resolv_"))
		}
	}
	const want = `ready{mode="resolv-conf"} 0
situation{reason="NodeResolvStarting"} 0
situation{reason="NodeResolvWaiting"} 0
situation{reason="NodeResolvInstalled"} 0
situation{reason="NodeResolvRefused"} 0
situation{reason="NodeResolvNameserverSilent"} 0
situation{reason="NodeResolvFailed"} 1
owned 1
nameserver_up{address="10.96.0.10"} 1
nameserver_up{address="fd00::a"} 0
changes_total 1
failures_total 1
`
	if text := strings.Join(got, ""); text != want {
		t.Errorf("got:\n%s\nwant:\n%s", text, want)
	}
}
