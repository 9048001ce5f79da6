// SPDX-License-Identifier: Apache-2.0

package draw

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/monorepo"
)

func sample(names ...string) *Drawing {
	d := &Drawing{}
	for i, name := range names {
		d.Service(fmt.Sprintf("s%d", i), i == 0)
		d.Arrow(d.Service(fmt.Sprintf("s%d", i), false), d.File(name), "folder", name+":1")
	}
	d.Edge(monorepo.Edge{From: "s0", To: "s1", Kind: "replace", Place: monorepo.Place{File: "s0/go.mod", Line: 7}})
	d.Edge(monorepo.Edge{From: "s0", To: "s1", Kind: "dependsOn", Place: monorepo.Place{File: "adze.yaml", Line: 9}})
	return d
}

func TestMermaid(t *testing.T) {
	want := `flowchart LR
  n0["s0"]
  n1(["ms/a#34;b#124;c#93;.go"])
  n2["s1"]
  n3(["#49;. x"])
  n0 -->|"folder"| n1
  n2 -->|"folder"| n3
  n0 -->|"replace, dependsOn"| n2
  classDef marked stroke-width:3px
  class n0 marked
`
	d := sample("ms/a", "1. x")
	d.Nodes[1].Label = `ms/a"b|c].go`
	if got := d.Mermaid(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDOT(t *testing.T) {
	want := `digraph services {
  rankdir=LR
  node [shape=box]
  n0 [label="s0" style=bold]
  n1 [label="\"a\\\"b\"" shape=note]
  n2 [label="s1"]
  n3 [label="b" shape=note]
  n0 -> n1 [label="folder" tooltip="a\"b:1"]
  n2 -> n3 [label="folder" tooltip="b:1"]
  n0 -> n2 [label="replace, dependsOn" tooltip="s0/go.mod:7, adze.yaml:9"]
}
`
	if got := sample(`a"b`, "b").DOT(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Each line of a drawing has one of a few forms, whatever the paths in it.
func FuzzNoPathLeavesItsLabel(f *testing.F) {
	f.Add(`x"] end`, "a\nb")
	f.Add("`md`", "#quot;")
	f.Add(`\`, `\"`)
	mermaid := regexp.MustCompile(`^(flowchart LR|  n\d+\["s\d"\]|  n\d+\(\["([^"#;|<>&\\\x60]|#\d+;)*"\]\)|  n\d -->\|"[a-zA-Z, ]+"\| n\d|  classDef .*|  class n0 marked)$`)
	dot := regexp.MustCompile(`^(digraph services \{|\}|  rankdir=LR|  node \[shape=box\]|  n\d \[label="([^"\\]|\\.)*"( style=bold| shape=note)?\]|  n\d -> n\d \[label="[a-zA-Z, ]+" tooltip="([^"\\]|\\.)*"\])$`)
	f.Fuzz(func(t *testing.T, a, b string) {
		d := sample(a, b)
		for line := range strings.SplitSeq(strings.TrimSuffix(d.Mermaid(), "\n"), "\n") {
			if !mermaid.MatchString(line) {
				t.Errorf("Mermaid: %q", line)
			}
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(d.DOT(), "\n"), "\n") {
			if !dot.MatchString(line) {
				t.Errorf("DOT: %q", line)
			}
		}
	})
}

func TestBoundedStaysWithinMermaidsLimits(t *testing.T) {
	d := &Drawing{}
	for i := range 700 {
		d.Edge(monorepo.Edge{From: fmt.Sprintf("service-%d", i), To: fmt.Sprintf("service-%d", (i*7+1)%700), Kind: "dependsOn"})
	}
	d.Service("alone", true)
	for _, bytes := range []int{1000, 20_000, MaxText, 1 << 20} {
		part, arrows, nodes := d.Bounded(bytes)
		if len(part.Arrows)+arrows != 700 || len(part.Nodes)+nodes != 701 {
			t.Errorf("%d bytes: %d arrows and %d left out, %d nodes and %d left out", bytes, len(part.Arrows), arrows, len(part.Nodes), nodes)
		}
		if text := part.Mermaid(); len(text) > min(bytes, MaxText) || len(part.Arrows) > MaxEdges {
			t.Errorf("%d bytes: %d arrows in %d bytes", bytes, len(part.Arrows), len(text))
		}
	}
	if part, arrows, nodes := sample("a", "b").Bounded(1 << 20); arrows+nodes != 0 || part.Mermaid() != sample("a", "b").Mermaid() {
		t.Errorf("a small drawing is not left whole: %d arrows, %d nodes", arrows, nodes)
	}
}

func TestTable(t *testing.T) {
	got := Table("  ", [][]string{{"a", "größer", "x"}, {"bb", "c"}, {"c", "", "y"}})
	if want := "  a   größer  x\n  bb  c\n  c           y\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWrap(t *testing.T) {
	got := Wrap("  ", 10, []string{"one", "two", "three", "a-word-that-is-longer", "four"})
	if want := "  one two\n  three\n  a-word-that-is-longer\n  four\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
