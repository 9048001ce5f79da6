// SPDX-License-Identifier: Apache-2.0

package monorepo

import "testing"

type exactly string

func (e exactly) Has(path string) bool { return path == string(e) }

func TestSpared(t *testing.T) {
	c, err := Parse(FileName, []byte(`apiVersion: adze.dev/v1alpha1
kind: Monorepo
services:
  list:
    - name: a
      path: a
      inputs:
        - "!a/testdata/**"
        - a/NOTICE.md
ignore:
  - "**/*.md"
  - "!docs/api.md"
global: [build.md, docs]
`))
	if err != nil {
		t.Fatal(err)
	}
	g := &Graph{Config: c, Inputs: map[string][]Input{"a": {
		{Root: "a", Kind: "folder"},
		{Root: "all", Kind: "copy", Except: exactly("all/x"), Place: Place{"a/Dockerfile", 3}},
	}}}
	s := Service{Name: "a", Path: "a", Inputs: c.List[0].Inputs}
	for file, want := range map[string]string{
		"a/main.go":     "",
		"a/README.md":   "ignore at adze.yaml:11 takes it away (**/*.md)",
		"a/NOTICE.md":   "",
		"a/testdata/x":  "inputs at adze.yaml:8 takes it away (!a/testdata/**)",
		"b/testdata/x":  "",
		"b/README.md":   "",
		"build.md":      "ignore at adze.yaml:11 takes it away (**/*.md)",
		"docs/api.md":   "",
		"all/x":         ".dockerignore leaves it out of what a/Dockerfile:3 copies",
		"all/y":         "",
		"all/README.md": "ignore at adze.yaml:11 takes it away (**/*.md)",
	} {
		by, there := g.Spared(s, file)
		if there != (want != "") || there && by.String() != want {
			t.Errorf("%s: got %v %q, want %q", file, there, by, want)
		}
		if _, touches := g.Touches(s, file); touches && there {
			t.Errorf("%s affects the service and is spared", file)
		}
	}
}
