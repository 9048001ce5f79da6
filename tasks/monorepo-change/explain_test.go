// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/monorepo"
)

// explained is the explanation of service a, which needs b, after some files
// changed.
func explained(t *testing.T, files ...string) string {
	t.Helper()
	c, err := monorepo.Parse(monorepo.FileName, []byte("apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nignore: ['*.md']\nglobal: ['*.mk']\nderive: []\n"+
		"services: {list: [{name: a, path: a, dependsOn: [b]}, {name: b, path: b}, {name: c, path: c}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	tree := monorepo.Paths{"a/Dockerfile", "b/Dockerfile", "c/Dockerfile"}
	s, err := c.Resolve(t.Context(), tree)
	if err != nil {
		t.Fatal(err)
	}
	r := &report{Reason: "compared", graph: &monorepo.Graph{Config: c, Services: s, Inputs: map[string][]monorepo.Input{}, Edges: map[string][]monorepo.Edge{}}}
	for _, svc := range s.All {
		r.graph.Inputs[svc.Name] = []monorepo.Input{{Root: svc.Path, Kind: "folder", Place: monorepo.Place{File: svc.Path}}}
	}
	r.graph.Edges["a"] = []monorepo.Edge{{From: "a", To: "b", Kind: "dependsOn", Place: monorepo.Place{File: "adze.yaml", Line: 6}}}
	r.changes = map[string][]string{"a": files}
	text, err := explain(r, "a")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ = strings.Cut(text, "made of  a  folder\n\n")
	return text
}

func TestExplainTellsOfEachChangedFile(t *testing.T) {
	for file, want := range map[string]string{
		"a/x":       "a/x changed: for a, it is in the service's folder a",
		"b/x":       "b/x changed: for b, it is in the service's folder b",
		"a/x.md":    "a/x.md changed and does not count: for a, ignore at adze.yaml:3 takes it away (*.md)",
		"b/x.md":    "b/x.md changed and does not count: for b, ignore at adze.yaml:3 takes it away (*.md)",
		"build.mk":  "build.mk changed: it is global",
		"c/x":       "1 file changed that a is not made of",
		"c/x.md":    "1 file changed that a is not made of",
		"a/x\ny":    `"a/x\ny" changed: for a, it is in the service's folder a`,
		"README.md": "1 file changed that a is not made of",
	} {
		if got := explained(t, file); got != "  "+want+"\n" {
			t.Errorf("%q: got %q", file, got)
		}
	}
}

func TestExplainCountsWhatItDoesNotName(t *testing.T) {
	var files []string
	for i := range 50 {
		files = append(files, fmt.Sprintf("a/%d", i), fmt.Sprintf("a/%d.md", i), fmt.Sprintf("c/%d", i))
	}
	text := explained(t, append(files, files...)...) // as when several bases differ alike
	for _, want := range []string{
		"  and 30 files more changed and count\n",
		"  and 30 files more changed and do not count\n",
		"  50 files changed that a is not made of\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if n := strings.Count(text, "\n"); n != 2*maxFiles+3 {
		t.Errorf("%d lines", n)
	}
}
