// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"slices"
	"strings"
)

// etc lists a node's /etc: of each entry the path, type, mode, owner and link
// target, and of each file what it holds. What these tests themselves give to
// the kubelet is left out, and what a kind node makes anew at each start.
func (w *world) etc(node string) []string {
	w.t.Helper()
	out := w.sh(node, `cd /etc
own() { find . ! -path ./kubernetes/resolv.conf ! -path ./resolv.conf.original ! -path ./machine-id "$@"; }
own -printf '%p %y %m %U:%G %l\n'
own -type f -exec sha256sum {} +`)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	slices.Sort(lines)
	return lines
}

// wantEtc asserts that a node's /etc is as it was.
func (w *world) wantEtc(node string, before []string) {
	w.t.Helper()
	after := w.etc(node)
	for _, line := range before {
		if !slices.Contains(after, line) {
			w.t.Errorf("%s: gone from /etc: %s", node, line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			w.t.Errorf("%s: left in /etc: %s", node, line)
		}
	}
}
