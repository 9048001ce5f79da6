// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"testing"
)

// What a pattern matches is its folder, or lies in it.
func FuzzMatchesLieInTheFolder(f *testing.F) {
	for _, text := range []string{"proto/**", "!a/*.go", "*.mk", "/a/b/", "a/**/b", "a\\*/b", "a[b]/c", "**", "a/b", "./a", "a//b", "a/../b"} {
		f.Add(text, "a/b")
		f.Add(text, "proto/x/y")
	}
	f.Fuzz(func(t *testing.T, text, file string) {
		p, err := ParsePattern(text)
		if err != nil || file == "" || path.Clean(file) != file || file[0] == '/' || !p.Match(file) {
			return
		}
		if _, ok := within(p.Folder(), file); !ok {
			t.Errorf("%q matches %q, and its folder is %q", text, file, p.Folder())
		}
	})
}
