// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"strings"
	"testing"
)

// FuzzReadDockerignore holds that nothing outside of the context is ever left
// out, that the last line has the last word, and that a folder takes along what
// is below it.
func FuzzReadDockerignore(f *testing.F) {
	for _, seed := range [][2]string{
		{"*.md\n!README.md\n", "docs/x.md"},
		{"# words\n**/node_modules\n", "a/node_modules/b"},
		{"/a/../b\n!b/[a-z]?\n", "b/c1"},
		{"*\n!x\n", "x/y"},
		{"\ufeffa\\*b\n\n ! c \n", "a*b"},
		{"[\n", "x"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		name = strings.TrimPrefix(path.Clean("/"+name), "/")
		except, err := ReadDockerignore("ctx", []byte(text))
		if err != nil || name == "" {
			return
		}
		if except.Has(name) && !strings.HasPrefix(name, "ctx/") || except.Has("ctx") {
			t.Errorf("%q leaves out %q, which is not in the context", text, name)
		}
		except.Has("ctx/" + name)
		if strings.ContainsAny(name, "*?[]\\!#\r\n") || name != strings.TrimSpace(name) || strings.ContainsRune(text, '\r') {
			return
		}
		back, err := ReadDockerignore("ctx", []byte(text+"\n!"+name))
		if err == nil && back.Has("ctx/"+name) {
			t.Errorf("%q leaves out %q, though the last line takes it back", text, name)
		}
		out, err := ReadDockerignore("ctx", []byte(text+"\n"+name))
		// a pattern that is broken takes nothing away
		if err == nil && !strings.ContainsAny(text, `\[`) && (!out.Has("ctx/"+name) || !out.Has("ctx/"+name+"/below")) {
			t.Errorf("%q keeps %q, though the last line names it", text, name)
		}
	})
}
