// SPDX-License-Identifier: Apache-2.0

package monorepo

import "testing"

// That a file went which decided what a service is made of counts, though
// nothing names it any more; that others went, or changed, does not.
func TestWhatIsGoneCounts(t *testing.T) {
	files := texts{
		"package.json":          `{"workspaces": ["web/*", "libs/**", "!libs/old"]}`,
		"web/a/Dockerfile":      "FROM x\n",
		"web/a/package.json":    `{"name": "a"}`,
		"web/b/Dockerfile":      "FROM x\n",
		"web/b/package.json":    `{"name": "b", "dependencies": {"lib": "*"}}`,
		"libs/lib/package.json": `{"name": "lib"}`,
		"go/c/Dockerfile":       "FROM x\n",
		"go/c/go.mod":           "module c\n",
		"go/go.work":            "go 1.26\nuse ./c\n",
		"one/go.mod":            "module one\n",
		"one/x/d/Dockerfile":    "FROM x\n",
		"one/x/d/d.go":          "package d\n",
		"py/Dockerfile":         "FROM x\n",
	}
	g := scanned(t, files)
	for gone, want := range map[string]string{
		"package-lock.json":         "a b",
		".npmrc":                    "a b",
		"pnpm-workspace.yaml":       "a b",
		"web/package.json":          "a b",
		"libs/gone/package.json":    "a b",
		"libs/x/gone/package.json":  "a b",
		"libs/gone/index.js":        "",
		"libs/old/package.json":     "",
		"libs/lib/package.json":     "b",
		"web/gone/package.json":     "a b",
		"web/gone/sub/package.json": "",
		"go/go.work.sum":            "c",
		"go/vendor/modules.txt":     "c",
		"go.work":                   "d",
		"one/go.work":               "d",
		"one/x/go.mod":              "d",
		"one/go.sum":                "d",
		"one/vendor/x/x.go":         "d",
		"go.mod":                    "",
		"README.md":                 "",
	} {
		if got := names(g.Affected([]string{gone}, nil)); got != want {
			t.Errorf("%s: got %q, want %q", gone, got, want)
		}
	}
	roots, _ := g.Roots(g.Services.All)
	for _, root := range roots {
		if root == ".npmrc" || root == "go.work" {
			t.Errorf("%s is looked for", root)
		}
	}
}
