// SPDX-License-Identifier: Apache-2.0

package monorepo

import "testing"

func TestGoWork(t *testing.T) {
	use := "go 1.26\nuse (\n\t./a\n\t./b\n\t./lib\n\t./deep\n)\n"
	for _, c := range []struct {
		name  string
		files texts
		want  string
	}{
		{"what is required, and on from there", texts{
			"go.work": use, "go.work.sum": "",
			"a/go.mod": "module m/a\nrequire (\n\tm/b v0.0.0\n\tm/lib v0.0.0 // indirect\n\texample.com/far v1.0.0\n)\n",
			"b/go.mod": "module m/b\n", "b/Dockerfile": "FROM x\n",
			"lib/go.mod": "module m/lib\nrequire m/deep v0.0.0\n", "deep/go.mod": "module m/deep\nrequire m/lib v0.0.0\n",
		}, "module:go.work@go.work module:go.work.sum@go.work.sum module:lib@a/go.mod:4 module:deep@lib/go.mod:2 work→b@a/go.mod:3"},
		{"what is imported though it is not required", texts{
			"go.work": use, "a/go.mod": "module m/a\n", "a/x/a.go": "package a\n\nimport (\n\t_ \"m/b/sub\"\n\t_ \"m/lib/sub\"\n)\n",
			"b/go.mod": "module m/b\n", "b/Dockerfile": "FROM x\n", "b/sub/b.go": "package sub\n",
			"lib/go.mod": "module m/lib\n", "lib/sub/l.go": "package sub\nimport _ \"m/deep\"\n", "deep/d.go": "package deep\n",
			"deep/go.mod": "module m/deep\n", "deep/go.sum": "",
		}, "module:go.work@go.work import:lib/sub/.@a/x/a.go:5 module:lib/go.mod@lib/go.mod import:deep/.@lib/sub/l.go:2 " +
			"module:deep/go.mod@deep/go.mod module:deep/go.sum@deep/go.sum work→b@a/x/a.go:4"},
		{"replaced in go.work", texts{
			"go.work": "go 1.26\nuse ./a\nreplace m/lib => ./lib\nreplace m/b => ./b\n", "a/go.mod": "module m/a\n", "b/Dockerfile": "FROM x\n",
		}, "module:go.work@go.work replace:lib@go.work:3 replace→b@go.work:4"},
		{"replaced by another module of the workspace", texts{
			"go.work": use, "a/go.mod": "module m/a\nrequire m/y v0.0.0\n", "b/go.mod": "module m/b\nreplace m/y => ../y\n", "b/Dockerfile": "FROM x\n",
			"lib/go.mod": "module m/lib\n", "deep/go.mod": "module m/deep\n",
		}, "module:go.work@go.work module:y@a/go.mod:2"},
		{"not used", texts{"go.work": "go 1.26\nuse ./b\n", "a/go.mod": "module m/a\nrequire m/b v0.0.0\n", "b/go.mod": "module m/b\n"}, "module:go.work@go.work"},
		{"the nearest counts", texts{
			"go.work": "go 1.26\nuse ./a\nuse ./b\n", "a/go.work": "go 1.26\nuse .\n",
			"a/go.mod": "module m/a\nrequire m/b v0.0.0\n", "b/go.mod": "module m/b\n",
		}, ""},
		{"a module above the service", texts{
			"go.work": "go 1.26\nuse .\nuse ./a\n", "go.mod": "module m\n", "lib/l.go": "package lib\n",
			"a/go.mod": "module m/a\nrequire m v0.0.0\n", "a/a.go": "package a\nimport _ \"m/lib\"\n",
		}, "module:go.work@go.work import:lib/.@a/a.go:2 module:go.mod@go.mod"},
		{"one module, in a workspace", texts{
			"go.work": "go 1.26\nuse .\nuse ./lib\n", "go.mod": "module m\n", "a/a.go": "package a\nimport _ \"n/sub\"\n",
			"lib/go.mod": "module n\n", "lib/sub/l.go": "package sub\n",
		}, "module:go.mod@go.mod module:go.work@go.work import:lib/sub/.@a/a.go:2 module:lib/go.mod@lib/go.mod"},
		{"vendored", texts{"go.work": "go 1.26\nuse ./a\n", "a/go.mod": "module m/a\n", "vendor/modules.txt": ""}, "module:go.work@go.work module:vendor@vendor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.files["a/Dockerfile"] = "FROM x\n"
			if got := depends(scanned(t, c.files), "a"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
