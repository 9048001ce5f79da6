// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"strings"
	"testing"
)

// linked tells what the links of a service lead to.
func linked(g *Graph, service string) string {
	var words []string
	for _, in := range g.Inputs[service] {
		if in.Kind == "link" {
			words = append(words, fmt.Sprintf("%s@%s", in.Root, in.Place))
		}
	}
	return strings.Join(words, " ")
}

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		name  string
		files texts
		want  string
	}{
		{"to a file", texts{"ms/a/x": "-> ../../libs/x"}, "libs/x@ms/a/x"},
		{"to a folder, and on from there", texts{"ms/a/d/x": "-> ../../../libs/l", "libs/l/y": "-> ../m", "libs/m/z": "-> ../n/z", "libs/n/z": ""},
			"libs/l@ms/a/d/x libs/m@libs/l/y libs/n/z@libs/m/z"},
		{"in its own folder", texts{"ms/a/x": "-> y", "ms/a/y": "-> ./z"}, ""},
		{"round", texts{"ms/a/x": "-> ../../l", "l": "-> m", "m": "-> l"}, "l@ms/a/x m@l"},
		{"to a folder above", texts{"ms/a/x": "-> .."}, "ms@ms/a/x"},
		{"out of the repository", texts{"ms/a/x": "-> /etc/passwd", "ms/a/y": "-> ../../../out"}, ""},
		{"by way of another", texts{"ms/a/x": "-> ../../cur/x", "cur": "-> v2", "v2/x": ""}, "cur/x@ms/a/x cur@cur v2/x@cur"},
		{"in another service's folder", texts{"ms/a/x": "-> ../b/y", "ms/b/Dockerfile": "FROM x\n", "ms/b/y": ""}, "ms/b/y@ms/a/x"},
		{"of a copied folder", texts{"ms/a/Dockerfile": "FROM x\nCOPY libs /\n", "libs/x": "-> ../other"}, "other@libs/x"},
		{"in the way of what is copied", texts{"ms/a/Dockerfile": "FROM x\nCOPY cur/sub /\n", "cur": "-> v2", "v2/sub/x": "-> y"}, "cur@cur v2/sub@cur"},
		{"that is copied", texts{"ms/a/Dockerfile": "FROM x\nCOPY cur /\n", "cur": "-> v2/x"}, "v2/x@cur"},
		{"in the way of a glob", texts{"ms/a/Dockerfile": "FROM x\nCOPY cur/*.go /\n", "cur": "-> v2"}, "cur@cur v2@cur"},
		{"that a glob matches", texts{"ms/a/Dockerfile": "FROM x\nCOPY libs/*.x /\n", "libs/a.x": "-> b", "libs/a.y": "-> c"}, "libs/b@libs/a.x"},
		{"that .dockerignore leaves out", texts{"ms/a/Dockerfile": "FROM x\nCOPY libs /\n", ".dockerignore": "libs/x\n", "libs/x": "-> ../other"}, ""},
		{"that inputs name", texts{FileName: head + "services: {discover: ['ms/*'], list: [{name: a, path: ms/a, inputs: ['l/**', '!l/y']}]}\n", "l/x": "-> ../m", "l/y": "-> ../n"}, "m@l/x"},
		{"to a submodule", texts{"ms/a/x": "-> ../../sub/inner"}, "sub/inner@ms/a/x"},
		{"switched off", texts{FileName: head + "services: {discover: ['ms/*']}\nderive: [dockerfile]\n", "ms/a/x": "-> ../../libs"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, ok := c.files[FileName]; !ok {
				c.files[FileName] = head + "services: {discover: ['ms/*'], list: [{name: a, path: ms/a, context: .}]}\n"
			}
			if _, ok := c.files["ms/a/Dockerfile"]; !ok {
				c.files["ms/a/Dockerfile"] = "FROM x\n"
			}
			if got := linked(scanned(t, c.files), "a"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Links that lead below themselves have no end of paths, and following them has.
func TestLinksBelowThemselves(t *testing.T) {
	for _, files := range []texts{
		{"cur": "-> cur/x"},
		{"cur": "-> a/x", "a": "-> cur/y"},
		{"cur": "-> a/x", "a/x": "-> ../a/x/x"},
	} {
		files[FileName] = head + "services: {list: [{name: a, path: ms/a, context: .}]}\n"
		files["ms/a/Dockerfile"] = "FROM x\nCOPY cur/sub /\n"
		if g := scanned(t, files); names(g.Affected([]string{"cur"}, nil)) != "a" {
			t.Errorf("%v: a link does not count", files)
		}
	}
}

// A Dockerfile may be a link to one that several services share.
func TestALinkedDockerfile(t *testing.T) {
	for _, derive := range []string{"", "derive: [dockerfile]\n"} {
		g := scanned(t, texts{
			FileName:              head + "services: {discover: ['ms/*']}\n" + derive,
			"ms/a/Dockerfile":     "-> ../../build/cur/Dockerfile",
			"ms/b/Dockerfile":     "FROM x\n",
			"build/cur":           "-> v1",
			"build/v1/Dockerfile": "FROM x\nCOPY y /\n",
		})
		if got := names(g.Affected([]string{"build/v1/Dockerfile"}, nil)); got != "a" {
			t.Errorf("derive %q: got %q", derive, got)
		}
	}
	g := scan(t, texts{"a/Dockerfile": "-> /etc/Dockerfile", "b/Dockerfile": "FROM x\n"})
	if len(g.Faults) != 1 || g.Faults[0].File != "a/Dockerfile" {
		t.Errorf("faults %v", g.Faults)
	}
}

// All links of all services come in the same few rounds.
func TestLinksAreFollowedTogether(t *testing.T) {
	files := texts{}
	for i := range 50 {
		files[fmt.Sprintf("ms/s%d/Dockerfile", i)] = "FROM x\n"
		files[fmt.Sprintf("ms/s%d/x", i)] = fmt.Sprintf("-> ../../libs/l%d", i)
		files[fmt.Sprintf("libs/l%d/y", i)] = ""
	}
	c := &counted{texts: files}
	s, err := Default().Resolve(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	g, err := Scan(t.Context(), Default(), s, c)
	if err != nil || linked(g, "s7") != "libs/l7@ms/s7/x" {
		t.Fatalf("%v %q", err, linked(g, "s7"))
	}
	if asked := c.walks + c.lists + c.reads; asked > 10 {
		t.Errorf("asked %d times", asked)
	}
}
