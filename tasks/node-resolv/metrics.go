// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// metrics are what is told in Prometheus' text form:
// https://prometheus.io/docs/instrumenting/exposition_formats/
type metrics struct {
	mu sync.Mutex
	// mode and reason are those of the situation.
	mode, reason string
	// owned is how much stands in the node's files.
	owned int
	// answers tells of each nameserver whether it answered the last question.
	answers map[netip.Addr]bool
	// changes and failures count rounds in which files were changed, or could not be.
	changes, failures int
}

// count takes in how a round went.
func (m *metrics) count(mode string, o outcome, s situation, quiet map[netip.Addr]error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mode, m.reason, m.owned = mode, s.reason, len(o.owned)
	m.answers = map[netip.Addr]bool{}
	for addr, err := range quiet {
		m.answers[addr] = err == nil
	}
	if o.changed {
		m.changes++
	}
	if o.err != nil {
		m.failures++
	}
}

func (m *metrics) serve(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = io.WriteString(w, m.text()) // the asker may be gone
}

func (m *metrics) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	head := func(name, kind, help string) {
		fmt.Fprintf(&b, "# HELP node_resolv_%s %s\n# TYPE node_resolv_%s %s\n", name, help, name, kind)
	}
	head("ready", "gauge", "Whether the node resolves in-cluster names by this mode.")
	fmt.Fprintf(&b, "node_resolv_ready{mode=%q} %d\n", m.mode, number(m.reason == installed))
	head("situation", "gauge", "The situation, by the reason of its Event.")
	for _, reason := range []string{starting, waiting, installed, refused, silent, failed} {
		fmt.Fprintf(&b, "node_resolv_situation{reason=%q} %d\n", reason, number(reason == m.reason))
	}
	head("owned", "gauge", "How much of the node's files is node-resolv's: nameservers, lines and files.")
	fmt.Fprintf(&b, "node_resolv_owned %d\n", m.owned)
	head("nameserver_up", "gauge", "Whether a nameserver answered the last question.")
	for _, addr := range slices.SortedFunc(maps.Keys(m.answers), netip.Addr.Compare) {
		fmt.Fprintf(&b, "node_resolv_nameserver_up{address=%q} %d\n", addr, number(m.answers[addr]))
	}
	head("changes_total", "counter", "Rounds in which files were changed.")
	fmt.Fprintf(&b, "node_resolv_changes_total %d\n", m.changes)
	head("failures_total", "counter", "Rounds in which files could not be as they should be.")
	fmt.Fprintf(&b, "node_resolv_failures_total %d\n", m.failures)
	return b.String()
}

func number(is bool) int {
	if is {
		return 1
	}
	return 0
}
