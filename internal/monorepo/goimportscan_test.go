// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"maps"
	"testing"
)

func TestImports(t *testing.T) {
	mod := texts{"go.mod": "module example.com/m\n", "ms/a/Dockerfile": "FROM x\n"}
	for _, c := range []struct {
		name  string
		files texts
		want  string
	}{
		{"packages, theirs in turn, and no others", texts{
			"ms/a/main.go":       "package main\n\nimport (\n\t\"fmt\"\n\n\t_ \"example.com/m/lib/x\"\n\t_ \"example.com/other\"\n)\n",
			"ms/a/sub/s.go":      "package sub\nimport _ \"example.com/m/ms/a/own\"\n",
			"ms/a/own/o.go":      "package own\nimport _ \"example.com/m/lib/z\"\n",
			"ms/a/x_test.go":     "package main\nimport _ \"example.com/m/lib/t\"\n",
			"ms/a/_old/o.go":     "package old\nimport _ \"example.com/m/lib/t\"\n",
			"ms/a/testdata/b.go": "what\n", "ms/a/.x.go": "what\n",
			"lib/x/x.go": "package x\nimport _ \"example.com/m/lib/y\"\n", "lib/y/y_windows.go": "package y\nimport _ \"example.com/m\"\n",
			"root.go": "package m\n", "lib/z/z.go": "package z\n", "lib/t/t.go": "package t\n", "lib/u/u.go": "package u\n", "go.sum": "",
		}, "module:go.mod@go.mod module:go.sum@go.sum import:lib/x/.@ms/a/main.go:6 import:lib/z/.@ms/a/own/o.go:2 import:lib/y/.@lib/x/x.go:2 import:./.@lib/y/y_windows.go:2"},
		{"another service", texts{
			"ms/a/main.go": "package main\nimport _ \"example.com/m/ms/b/client\"\n", "ms/b/Dockerfile": "FROM x\n",
			"ms/b/client/c.go": "package client\nimport _ \"example.com/m/lib\"\n", "lib/l.go": "package lib\n",
		}, "module:go.mod@go.mod import→b@ms/a/main.go:2"},
		{"in a service that holds this one", texts{
			"Dockerfile": "FROM x\n", "ms/a/main.go": "package main\nimport _ \"example.com/m/lib\"\n", "lib/l.go": "package lib\n",
		}, "module:go.mod@go.mod import:lib/.@ms/a/main.go:2"},
		{"what is embedded", texts{
			"ms/a/main.go":       "package main\nimport _ \"example.com/m/lib\"\n",
			"lib/l.go":           "package lib\nimport _ \"embed\"\n//go:embed tmpl/*.html static plain.txt\nvar x string\n",
			"lib/static/x/y.css": "", "lib/plain.txt": "", "lib/tmpl/a.html": "",
		}, "module:go.mod@go.mod import:lib/.@ms/a/main.go:2 import:/lib/tmpl/*.html@lib/l.go:3 import:lib/static@lib/l.go:3"},
		{"a module that is replaced", texts{
			"go.mod":       "module example.com/m\nreplace example.com/n => ./n\nreplace example.com/unused => ./unused\n",
			"ms/a/main.go": "package main\nimport _ \"example.com/n/x\"\n", "n/x/x.go": "package x\n", "n/go.mod": "module example.com/n\n", "n/y/y.go": "what\n",
		}, "module:go.mod@go.mod import:n/x/.@ms/a/main.go:2 module:n/go.mod@n/go.mod"},
		{"vendored", texts{"ms/a/main.go": "package main\nimport _ \"example.com/far\"\n", "vendor/example.com/far/f.go": "package far\n", "vendor/modules.txt": ""},
			"module:go.mod@go.mod module:vendor@vendor"},
		{"all is copied", texts{
			FileName:          head + "services: {list: [{name: a, path: ms/a, context: .}]}\n",
			"ms/a/Dockerfile": "FROM x\nCOPY . /src\n", "ms/a/main.go": "package main\nimport _ \"example.com/m/lib\"\n", "lib/l.go": "what\n",
		}, ""},
		{"all is copied but Go files", texts{
			FileName:          head + "services: {list: [{name: a, path: ms/a, context: .}]}\n",
			"ms/a/Dockerfile": "FROM x\nCOPY . /src\n", ".dockerignore": "**\n!bin\n",
			"ms/a/main.go": "package main\nimport _ \"example.com/m/lib\"\n", "lib/l.go": "package lib\n",
		}, "module:go.mod@go.mod import:lib/.@ms/a/main.go:2"},
		{"symlinks", texts{
			"ms/a/main.go": "package main\nimport (\n_ \"example.com/m/link/x\"\n_ \"example.com/m/real/y\"\n_ \"example.com/m/gone/z\"\n)\n",
			"link":         "-> real", "real/x/x.go": "package x\n", "real/y/y.go": "-> ../../deep/y.go", "gone": "-> ../../out",
			"deep/y.go": "package y\nimport _ \"example.com/m/last\"\n", "last/l.go": "package last\n",
		}, "module:go.mod@go.mod import:link@ms/a/main.go:3 import:real/x/.@ms/a/main.go:3 import:real/y/.@ms/a/main.go:4 import:gone@ms/a/main.go:5 import:last/.@real/y/y.go:2 link:deep/y.go@real/y/y.go"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := maps.Clone(mod)
			maps.Copy(files, c.files)
			if got := depends(scanned(t, files), "a"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
