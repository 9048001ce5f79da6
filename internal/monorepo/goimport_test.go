// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadGoFile(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"none", "package a\n", "{[] []}"},
		{"one", "package a\nimport \"x/y\"\n", "{[{x/y 2}] []}"},
		{"many", "// c\npackage a\nimport (\n\t_ \"x\"\n\tz \"y/v2\"\n\t. `w`\n)\nimport \"C\"\n", "{[{x 4} {y/v2 5} {w 6} {C 8}] []}"},
		{"built for elsewhere", "//go:build plan9 && ignore\n\npackage a\nimport \"x\"\n", "{[{x 4}] []}"},
		{"broken below the imports", "package a\nimport \"x\"\nfunc {{ .Name }}\n", "{[{x 2}] []}"},
		{"embed", "package a\nimport _ \"embed\"\n//go:embed a/*.txt \"b c\" `d`\n//go:embed all:e\nvar x string\n//go:embedded y\n// see //go:embed z\n",
			"{[{embed 2}] [{a/*.txt 3} {b c 3} {d 3} {e 4}]}"},
		{"embed in a group", "package a\nimport (\n\t\"embed\"\n)\nvar (\n\t//go:embed f\n\tx embed.FS\n)\n", "{[{embed 3}] [{f 6}]}"},
		{"no embed imported", "package a\n//go:embed f\nvar x string\n", "{[] []}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ReadGoFile("a.go", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(*s); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	for _, text := range []string{"", "package\n", "package a\nimport x\n", "package a\nimport _ \"embed\"\n//go:embed \"x\nvar x string\n", "package a\nimport _ \"embed\"\nfunc {\n"} {
		if s, err := ReadGoFile("a.go", []byte(text)); err == nil || !strings.Contains(err.Error(), "a.go:") {
			t.Errorf("%q: %v, %v", text, s, err)
		}
	}
}

func FuzzReadGoFile(f *testing.F) {
	f.Add([]byte("package a\nimport (\n_ \"embed\"\n\"x/y\"\n)\n//go:embed a all:b \"c d\" `e`\nvar x string\n"))
	f.Add([]byte("//go:build x\n\npackage a\nimport `C`\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadGoFile("a.go", data)
		if err != nil {
			return
		}
		for _, n := range append(s.Imports, s.Embeds...) {
			if lines := strings.Count(string(data), "\n") + 1; n.Line < 1 || n.Line > lines {
				t.Errorf("%q on line %d of %d", n.Name, n.Line, lines)
			}
		}
	})
}
