// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// texts is a commit made of its files' contents; "-> x" is a symlink to x.
type texts map[string]string

const arrow = "-> "

func (x texts) List(ctx context.Context, dirs []string) (map[string][]Item, error) {
	listed, err := Paths(slices.Sorted(maps.Keys(x))).List(ctx, dirs)
	for dir, items := range listed {
		for i, item := range items {
			items[i].Link = strings.HasPrefix(x[path.Join(dir, item.Name)], arrow)
		}
	}
	return listed, err
}

func (x texts) Walk(ctx context.Context, dirs []string) (map[string][]Item, error) {
	all := map[string][]Item{}
	for len(dirs) > 0 {
		listed, err := x.List(ctx, dirs)
		if err != nil {
			return nil, err
		}
		dirs = nil
		for dir, items := range listed {
			all[dir] = items
			for _, item := range items {
				if item.Dir {
					dirs = append(dirs, path.Join(dir, item.Name))
				}
			}
		}
	}
	return all, nil
}

func (x texts) Read(_ context.Context, paths []string) (map[string][]byte, error) {
	found := map[string][]byte{}
	for _, p := range paths {
		if text, ok := x[p]; ok && !strings.HasPrefix(text, arrow) {
			found[p] = []byte(text)
		}
	}
	return found, nil
}

func (x texts) Links(_ context.Context, paths []string) (map[string]string, error) {
	found := map[string]string{}
	for _, p := range paths {
		if target, ok := strings.CutPrefix(x[p], arrow); ok {
			found[p] = target
		}
	}
	return found, nil
}

func scan(t *testing.T, files texts) *Graph {
	t.Helper()
	c := Default()
	if text, ok := files[FileName]; ok {
		var err error
		if c, err = Parse(FileName, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Resolve(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	g, err := Scan(t.Context(), c, s, files)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func names(causes map[string]Cause) string {
	return strings.Join(slices.Sorted(maps.Keys(causes)), " ")
}

const head = "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\n"

func TestAffected(t *testing.T) {
	files := texts{
		FileName: head + `services:
  discover: ["ms/*"]
  list:
    - {name: cart, path: ms/cart, context: ., inputs: ["schema/**", "!schema/old", "docs/cart.md", "!ms/cart/test"]}
    - {name: wide, path: ms/wide, context: ., inputs: ["!ms", "ms/wide"]}
    - {name: loop, path: ms/loop, dependsOn: [pool]}
    - {name: pool, path: ms/pool, dependsOn: [loop, user]}
ignore: ["**/*.md", "docs", "!docs/keep.md"]
global: ["go.work", "*.md"]
`,
		"ms/cart/Dockerfile": "FROM a\nCOPY proto/*.proto ms/cart /\n",
		"ms/wide/Dockerfile": "FROM a\nCOPY . /\n",
		"ms/loop/Dockerfile": "FROM a\n",
		"ms/pool/Dockerfile": "FROM a\n",
		"ms/user/Dockerfile": "FROM a\n",
		"ms/rate/Dockerfile": "FROM a\n",
		"ms/rate/go.mod":     "module rate\nreplace lib => ../../libs/lib\n",
		"libs/lib/go.mod":    "module lib\nreplace (\n deep => ../deep\n user => ../../ms/user\n)\n",
		"libs/deep/go.mod":   "module deep\nreplace lib => ../lib\n",
	}
	for changed, want := range map[string]string{
		"ms/cart/main.go":    "cart",
		"ms/cart/test/x":     "",
		"ms/cart/README.md":  "",
		"ms/cartoon/x":       "",
		"proto/a.proto":      "cart wide",
		"proto/sub/a.proto":  "wide",
		"schema/a":           "cart wide",
		"schema/old/a":       "wide",
		"docs/cart.md":       "cart",
		"docs/x":             "",
		"docs/keep.md":       "cart loop pool rate user wide",
		"go.work":            "cart loop pool rate user wide",
		"ms/user/x":          "loop pool rate user",
		"ms/loop/x":          "loop pool",
		"ms/pool/x":          "loop pool",
		"libs/lib/x":         "rate wide",
		"libs/deep/x":        "rate wide",
		"libs/other":         "wide",
		".dockerignore":      "cart wide",
		"ms/wide/Dockerfile": "wide",
		"other":              "wide",
	} {
		g := scan(t, files)
		if len(g.Faults) > 0 {
			t.Fatal(g.Faults)
		}
		if got := names(g.Affected([]string{changed}, nil)); got != want {
			t.Errorf("%s: got %q, want %q", changed, got, want)
		}
	}
}

func TestTheCauseNamesTheWay(t *testing.T) {
	g := scan(t, texts{
		"a/Dockerfile": "FROM x\n", "a/go.mod": "module a\n\nreplace b => ../b\n",
		"b/Dockerfile": "FROM x\n", "b/go.mod": "module b\n\nreplace c => ../c\n",
		"c/Dockerfile": "FROM x\n",
	})
	cause := g.Affected([]string{"c/main.go"}, nil)["a"]
	if got, want := fmt.Sprint(cause.Path, cause.Via), "c/main.go[a→b from a/go.mod:3 b→c from b/go.mod:3]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	given := g.Affected(nil, map[string]Cause{"b": {Note: "new"}})
	if names(given) != "a b" || given["a"].Note != "new" || len(given["a"].Via) != 1 {
		t.Errorf("given %+v", given)
	}
}

func TestFaultsAreKept(t *testing.T) {
	g := scan(t, texts{"a/Dockerfile": "", "b/Dockerfile": "FROM x\n", "b/go.mod": "what\n"})
	if len(g.Faults) != 2 {
		t.Errorf("faults %v", g.Faults)
	}
}

func wholeRoots(g *Graph, s Service) []string {
	whole, _ := g.Roots([]Service{s})
	return whole
}

func TestRootsHoldAllInputs(t *testing.T) {
	g := scan(t, texts{
		FileName:          head + "services: {list: [{name: a, path: ms/a, context: ., inputs: ['schema/*/x', '/top', 'deep/d?r/y']}, {name: b, path: ms/b, inputs: ['*.proto']}]}\n",
		"ms/a/Dockerfile": "FROM x\nCOPY proto/v?/a.proto lib /\n", "ms/b/Dockerfile": "FROM x\n",
	})
	a, _ := g.Services.Get("a")
	if got, want := strings.Join(wholeRoots(g, a), " "), ".dockerignore deep lib ms/a proto schema top"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b, _ := g.Services.Get("b")
	if got := strings.Join(wholeRoots(g, b), " "); got != ". ms/b" {
		t.Errorf("got %q", got)
	}
}

// Two thousand services with five edges each close at once; what is checked is
// that all of a long cycle is found.
func TestALargeGraphCloses(t *testing.T) {
	files := texts{}
	const n = 2000
	for i := range n {
		dir := fmt.Sprintf("s%d/", i)
		files[dir+"Dockerfile"] = "FROM x\n"
		var mod strings.Builder
		mod.WriteString("module m\n")
		for k := range 5 {
			fmt.Fprintf(&mod, "replace m%d => ../s%d\n", k, (i+1+k*k*37)%n)
		}
		files[dir+"go.mod"] = mod.String()
	}
	c := Default()
	var all []Service
	for i := range n {
		name := fmt.Sprint("s", i)
		all = append(all, Service{Name: name, Path: name, Context: name, Dockerfile: name + "/Dockerfile"})
	}
	g, err := Scan(t.Context(), c, Services{All: all}, files)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(g.Affected([]string{"s7/x"}, nil)); got != n {
		t.Errorf("%d of %d services", got, n)
	}
	if got := len(g.Closure("s7")); got != n {
		t.Errorf("closure of %d services", got)
	}
}

// A folder with two Dockerfiles is two services; what one of them leaves out
// still counts for whoever uses the folder.
func TestAFolderOfTwoServices(t *testing.T) {
	g := scan(t, texts{
		FileName: head + `services:
  list:
    - {name: app, path: app}
    - {name: api, path: both, dockerfile: api.Dockerfile}
    - {name: job, path: both, dockerfile: job.Dockerfile, inputs: ["!both/api"]}
`,
		"app/Dockerfile":      "FROM a\n",
		"app/go.mod":          "module app\nreplace both => ../both\n",
		"both/api.Dockerfile": "FROM a\n",
		"both/job.Dockerfile": "FROM a\n",
	})
	if got := names(g.Affected([]string{"both/api/main.go"}, nil)); got != "api app" {
		t.Errorf("affected: %s", got)
	}
}
