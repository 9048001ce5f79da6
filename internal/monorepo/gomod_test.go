// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadGoMod(t *testing.T) {
	text := `module example.com/cart
go 1.26
require example.com/user v0.0.0
require (
	example.com/deep v0.0.0 // indirect
)
replace (
	example.com/user => ../user
	example.com/order v1.0.0 => ./../order/
	example.com/other => example.com/fork v1.2.3
	example.com/far => ../../../../out
	example.com/abs => /tmp/abs
)
replace example.com/lib => ../../libs/lib
`
	m, err := ReadGoMod("ms/cart/go.mod", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := "{example.com/cart [{example.com/user 3} {example.com/deep 5}] " +
		"[{example.com/user ms/user 8} {example.com/order ms/order 9} {example.com/lib libs/lib 14}]}"
	if got := fmt.Sprint(*m); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := ReadGoMod("go.mod", []byte("modul x\n")); err == nil || !strings.Contains(err.Error(), "go.mod:1") {
		t.Errorf("a broken file: %v", err)
	}
}

func TestReadGoWork(t *testing.T) {
	text := `go 1.26
use ./cart
use (
	../ms/user
	.
	/abs
	../../../out
)
replace example.com/lib v1.0.0 => ../libs/lib
`
	w, err := ReadGoWork("go/go.work", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(*w), "{[go/cart ms/user go] [{example.com/lib libs/lib 9}]}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := ReadGoWork("go.work", []byte("go 1.26\nuse\n")); err == nil || !strings.Contains(err.Error(), "go.work:2") {
		t.Errorf("a broken file: %v", err)
	}
}

// outside tells whether a path leads out of the repository.
func outside(p string) bool {
	return p == "" || p == ".." || strings.HasPrefix(p, "../") || strings.HasPrefix(p, "/")
}

func FuzzReadGoMod(f *testing.F) {
	f.Add([]byte("module x\nreplace a => ../b\n"))
	f.Add([]byte("module x\nrequire a v1.0.0\nreplace a v1.0.0 => ..\\b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ReadGoMod("a/b/go.mod", data)
		if err != nil {
			return
		}
		for _, r := range m.Replaced {
			if r.Line < 1 || outside(r.Folder) || r.Module == "" {
				t.Errorf("replaced %+v", r)
			}
		}
		for _, r := range m.Requires {
			if r.Line < 1 || r.Path == "" {
				t.Errorf("required %+v", r)
			}
		}
	})
}

func FuzzReadGoWork(f *testing.F) {
	f.Add([]byte("go 1.26\nuse ./a\nuse (\n ../b\n .\n)\nreplace x => ../../c\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := ReadGoWork("a/b/go.work", data)
		if err != nil {
			return
		}
		for _, dir := range w.Uses {
			if outside(dir) {
				t.Errorf("used %q", dir)
			}
		}
		for _, r := range w.Replaced {
			if r.Line < 1 || outside(r.Folder) {
				t.Errorf("replaced %+v", r)
			}
		}
	})
}
