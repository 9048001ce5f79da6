// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
)

// wildFile makes up what a file of a name holds; much of it makes no sense.
func wildFile(r *rand.Rand, name string) string {
	dirs := []string{"..", ".", "../a", "../b", "../../lib", "./sub", "../../../out", "../lib/x", "/abs", "gone", "**", "{a,b}", "!a"}
	dir := func() string { return dirs[r.IntN(len(dirs))] }
	module := func() string { return "m/" + []string{"a", "b", "lib", "lib/x", "gone"}[r.IntN(5)] }
	if r.IntN(40) == 0 {
		return "what {"
	}
	if r.IntN(12) == 0 {
		return arrow + dir()
	}
	var b strings.Builder
	switch path.Base(name) {
	case "go.mod":
		fmt.Fprintf(&b, "module %s\n", module())
		for range r.IntN(4) {
			fmt.Fprintf(&b, "require %s v0.0.0\nreplace %s => ./%s\n", module(), module(), dir())
		}
	case "go.work":
		b.WriteString("go 1.26\n")
		for range r.IntN(4) {
			fmt.Fprintf(&b, "use ./%s\nuse ./a\nreplace %s => ./%s\n", dir(), module(), dir())
		}
	case "package.json":
		fmt.Fprintf(&b, "{\"name\": %q,\n\"workspaces\": [%q, \"a\", \"lib/*\"],\n\"dependencies\": {\n", module(), dir())
		for range r.IntN(4) {
			fmt.Fprintf(&b, "%q: %q,\n", module(), []string{"*", "file:" + dir(), dir(), "workspace:" + dir(), "npm:" + module()}[r.IntN(5)])
		}
		fmt.Fprintf(&b, "\"z\": \"1\"},\n\"overrides\": {\"x\": \"link:%s\"}}\n", dir())
	case "pnpm-workspace.yaml":
		fmt.Fprintf(&b, "packages: [%q, a]\noverrides: {x: 'link:%s'}\n", dir(), dir())
	default:
		b.WriteString("package p\nimport _ \"embed\"\n")
		for range r.IntN(4) {
			fmt.Fprintf(&b, "import _ %q\n//go:embed %q\n", []string{module(), module() + "/sub", "./" + dir(), "C"}[r.IntN(4)], dir())
		}
		b.WriteString("var x string\n")
	}
	return b.String()
}

// Whatever files say, a scan comes to an end, and what it tells makes sense.
func TestScanOfTheWild(t *testing.T) {
	soak.Each(t, 60, func(t *testing.T, rnd *rand.Rand) {
		files := texts{}
		for _, dir := range []string{".", "a", "a/sub", "b", "b/sub", "lib", "lib/x", "lib/x/sub"} {
			for _, name := range []string{"go.mod", "go.work", "package.json", "pnpm-workspace.yaml", "x.go", "y.go"} {
				if file := path.Join(dir, name); rnd.IntN(2) == 0 {
					files[file] = wildFile(rnd, name)
				}
			}
			if rnd.IntN(3) == 0 || dir == "a" {
				files[path.Join(dir, "Dockerfile")] = "FROM x\n"
			}
		}
		if rnd.IntN(4) == 0 {
			files["lib/y"] = arrow + "x"
		}
		g := scan(t, files)
		for _, s := range g.Services.All {
			for _, in := range slices.Concat(g.Inputs[s.Name], g.Gone[s.Name]) {
				if in.Pattern == nil && outside(in.Root) || in.Kind == "" {
					t.Errorf("input %+v of %s", in, s.Name)
				}
				makesSense(t, files, in.Place, in.Kind)
			}
			for _, e := range g.Edges[s.Name] {
				if _, there := g.Services.Get(e.To); !there || e.From != s.Name || e.To == s.Name {
					t.Errorf("edge %v", e)
				}
				makesSense(t, files, e.Place, e.Kind)
			}
		}
	})
}

// makesSense holds a place to the files.
func makesSense(t *testing.T, files texts, p Place, what string) {
	t.Helper()
	text, there := files[p.File]
	if p.Line > 0 && (!there || !strings.HasPrefix(text, arrow) && p.Line > bytes.Count([]byte(text), []byte("\n"))+1) {
		t.Errorf("%s at %s: there is no such line", what, p)
	}
}
