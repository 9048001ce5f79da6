// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// depends tells what a service is made of beside its folder and Dockerfile, an
// input or edge per word.
func depends(g *Graph, service string) string {
	var words []string
	for _, in := range g.Inputs[service] {
		name := in.Root
		if in.Pattern != nil {
			name = in.Pattern.Text
		}
		if in.Flat {
			name += "/."
		}
		if in.Kind != "folder" && in.Kind != "dockerfile" && in.Kind != "copy" {
			words = append(words, fmt.Sprintf("%s:%s@%s", in.Kind, name, in.Place))
		}
	}
	for _, e := range g.Edges[service] {
		words = append(words, fmt.Sprintf("%s→%s@%s", e.Kind, e.To, e.Place))
	}
	return strings.Join(words, " ")
}

// scanned is a scan that must understand all files.
func scanned(t *testing.T, files texts) *Graph {
	t.Helper()
	g := scan(t, files)
	if len(g.Faults) > 0 {
		t.Fatal(g.Faults)
	}
	return g
}

func TestReplace(t *testing.T) {
	for _, c := range []struct {
		name  string
		files texts
		want  string
	}{
		{"a service and a folder, and on from there", texts{
			"a/go.mod": "module a\nreplace b => ../b\nreplace (\n\tlib v1.0.0 => ../lib\n\tlib v1.1.0 => ../lib2\n)\n",
			"b/go.mod": "module b\nreplace c => ../c\n", "b/Dockerfile": "FROM x\n",
			"lib/go.mod": "module lib\nreplace deep => ./deep\nreplace up => ../up\nreplace a => ../a\n", "up/go.mod": "module up\n",
		}, "replace:lib@a/go.mod:4 replace:up@lib/go.mod:3 replace:lib2@a/go.mod:5 replace→b@a/go.mod:2"},
		{"below another service", texts{
			"a/go.mod": "module a\nreplace c => ../b/client\n", "b/Dockerfile": "FROM x\n", "b/client/go.mod": "module c\n",
		}, "replace:b/client@a/go.mod:2"},
		{"above another service", texts{
			"a/go.mod": "module a\nreplace c => ../libs\n", "libs/b/Dockerfile": "FROM x\n", "libs/go.mod": "module c\n",
		}, "replace:libs@a/go.mod:2"},
		{"above the service itself", texts{"a/go.mod": "module a\nreplace c => ../\n"}, "replace:.@a/go.mod:2"},
		{"in its own folder, and out again", texts{
			"a/go.mod": "module a\nreplace c => ./c\n", "a/c/go.mod": "module c\nreplace d => ../../d\n",
		}, "replace:d@a/c/go.mod:2"},
		{"a module deep in the service's folder", texts{"a/x/y/go.mod": "module y\nreplace d => ../../../d\n", "a/testdata/go.mod": "module z\nreplace e => ../../e\n"},
			"replace:d@a/x/y/go.mod:2"},
		{"each other", texts{
			"a/go.mod": "module a\nreplace b => ../b\n", "b/go.mod": "module b\nreplace a => ../a\n", "b/Dockerfile": "FROM x\n",
		}, "replace→b@a/go.mod:2"},
		{"a go.mod that is a symlink", texts{"a/go.mod": "-> ../mods/a.mod", "mods/a.mod": "-> b.mod", "mods/b.mod": "module a\nreplace d => ../d\n"},
			"replace:d@a/go.mod:2 link:mods/a.mod@a/go.mod link:mods/b.mod@mods/a.mod"},
		{"a go.mod above that is a symlink", texts{"go.mod": "-> mods/m.mod", "mods/m.mod": "module m\n", "a/a.go": "package a\nimport _ \"m/lib\"\n", "lib/l.go": "package lib\n"},
			"module:go.mod@go.mod import:lib/.@a/a.go:2 link:mods/m.mod@go.mod"},
		{"out of the repository", texts{"a/go.mod": "module a\nreplace b => ../../b\n"}, ""},
		{"a service in the service's folder", texts{
			"a/go.mod": "module a\nreplace b => ./b\n", "a/b/Dockerfile": "FROM x\nCOPY . /\n", "a/b/go.mod": "module b\n",
		}, "replace→b@a/go.mod:2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.files["a/Dockerfile"] = "FROM x\n"
			if got := depends(scanned(t, c.files), "a"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestGoFaults(t *testing.T) {
	for name, files := range map[string]texts{
		"a/go.mod":   {"a/go.mod": "what\n"},
		"lib/go.mod": {"a/go.mod": "module a\nreplace lib => ../lib\n", "lib/go.mod": "what\n"},
		"go.work":    {"a/go.mod": "module a\n", "go.work": "what\n"},
		"lib/l.go":   {"go.mod": "module m\n", "a/main.go": "package main\nimport \"m/lib\"\n", "lib/l.go": "what\n"},
		"a/main.go":  {"go.mod": "module m\n", "a/main.go": "package main\nimport \"m\n"},
		"b/go.mod":   {"a/go.mod": "module a\n", "go.work": "go 1.26\nuse ./a\nuse ./b\n", "b/go.mod": "what\n"},
	} {
		files["a/Dockerfile"] = "FROM x\n"
		files["z/Dockerfile"], files["z/go.mod"] = "FROM x\n", "module z\nreplace a => ../a\n"
		g := scan(t, files)
		if len(g.Faults) != 1 || g.Faults[0].File != name {
			t.Errorf("%s: faults %v", name, g.Faults)
		}
	}
}

// What is no Go is not read for it.
func TestNoGo(t *testing.T) {
	g := scanned(t, texts{"a/Dockerfile": "FROM x\n", "a/main.py": "", "go.mod": "what\n", "go.work": "what\n"})
	if got := depends(g, "a"); got != "" {
		t.Errorf("got %s", got)
	}
}

// counted counts what a commit is asked for.
type counted struct {
	texts
	walks, lists, reads int
}

func (c *counted) Walk(ctx context.Context, dirs []string) (map[string][]Item, error) {
	c.walks++
	return c.texts.Walk(ctx, dirs)
}

func (c *counted) List(ctx context.Context, dirs []string) (map[string][]Item, error) {
	c.lists++
	return c.texts.List(ctx, dirs)
}

func (c *counted) Read(ctx context.Context, paths []string) (map[string][]byte, error) {
	c.reads++
	return c.texts.Read(ctx, paths)
}

// What is asked for does not grow with the number of services.
func TestGoIsReadInFewRounds(t *testing.T) {
	asked := func(n int) string {
		files := texts{"go.work": "go 1.26\nuse (\n", "lib/go.mod": "module m/lib\n", "lib/l.go": "package lib\n"}
		var all []Service
		for i := range n {
			dir := fmt.Sprint("s", i)
			all = append(all, Service{Name: dir, Path: dir, Context: dir, Dockerfile: dir + "/Dockerfile"})
			files["go.work"] += "\t./" + dir + "\n"
			files[dir+"/Dockerfile"] = "FROM x\n"
			files[dir+"/main.go"] = "package main\nimport _ \"m/lib\"\n"
			files[dir+"/go.mod"] = fmt.Sprintf("module m/s%d\nrequire m/s%d v0.0.0\nreplace m/lib => ../lib\n", i, (i+1)%n)
		}
		files["go.work"] += ")\n"
		c := &counted{texts: files}
		g, err := Scan(t.Context(), &Config{Derive: []string{"go"}}, Services{All: all}, c)
		if err != nil || len(g.Faults) > 0 {
			t.Fatal(err, g)
		}
		if got, want := depends(g, "s1"), "replace:lib@s1/go.mod:3 module:go.work@go.work work→s2@s1/go.mod:2"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := len(g.Affected([]string{"s2/main.go"}, nil)); got != n {
			t.Errorf("%d of %d are affected", got, n)
		}
		return fmt.Sprint(c.walks, c.lists, c.reads)
	}
	if few, many := asked(3), asked(100); few != many || few != "1 2 3" {
		t.Errorf("asked %s for 3 services and %s for 100", few, many)
	}
}
