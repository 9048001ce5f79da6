// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"regexp"
	"slices"
)

// serviceName keeps what becomes a branch's name to what git allows there.
var serviceName = regexp.MustCompile(`^[a-z0-9]([a-z0-9_-]|\.[a-z0-9_-])*$`)

// filled leaves out empty words: an array param of one empty string stands for none.
func filled(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
}

// distinct keeps the first of equal words.
func distinct(words []string) []string {
	var out []string
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
