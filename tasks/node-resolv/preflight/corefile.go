// SPDX-License-Identifier: Apache-2.0

package preflight

import (
	"bytes"
	"strings"
)

// forwardsToFile tells whether a Corefile sends questions to the nameservers
// that some file lists: https://coredns.io/plugins/forward/. An import and a
// variable count as such, for what they bring in is not known.
func forwardsToFile(corefile string) bool {
	for line := range bytes.Lines([]byte(corefile)) {
		words := wordsOf(string(line))
		if len(words) == 0 {
			continue
		}
		if words[0] == "import" {
			return true
		}
		if words[0] != "forward" && words[0] != "proxy" {
			continue
		}
		for _, to := range words[1:] {
			if strings.HasPrefix(to, "/") || strings.ContainsAny(to, "$%") {
				return true
			}
		}
	}
	return false
}

// wordsOf splits a line into words; a brace may cling to one, a # begins a
// comment. An opening brace may stand before the directive on one line.
func wordsOf(line string) []string {
	if i := strings.Index(line, "#"); i >= 0 {
		line = line[:i]
	}
	words := strings.Fields(strings.NewReplacer("{", " { ", "}", " } ", `"`, " ").Replace(line))
	for i, word := range words {
		if word == "forward" || word == "proxy" || word == "import" {
			return words[i:]
		}
	}
	return words
}
