// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/tasks/monorepo-change/draw"
)

// crowd is a report of many affected services, each by a file of its own and
// every other one by way of its neighbour.
func crowd(services int, path string) *report {
	r := &report{Head: strings.Repeat("a", 40), Base: strings.Repeat("b", 40), Reason: "compared with the base, 1 files differ", causes: map[string]monorepo.Cause{}}
	r.graph = &monorepo.Graph{Edges: map[string][]monorepo.Edge{}}
	for i := range services {
		s := monorepo.Service{Name: fmt.Sprintf("service-%d", i), Path: fmt.Sprintf("ms/service-%d", i)}
		r.graph.Services.All = append(r.graph.Services.All, s)
		cause := monorepo.Cause{Path: fmt.Sprintf("%s/%d", path, i), Input: monorepo.Input{Root: s.Path, Kind: "folder"}}
		if i%2 == 1 {
			e := monorepo.Edge{From: s.Name, To: fmt.Sprintf("service-%d", i-1), Kind: "replace", Place: monorepo.Place{File: path + "/go.mod", Line: i}}
			r.graph.Edges[s.Name] = append(r.graph.Edges[s.Name], e)
			cause.Via = []monorepo.Edge{e}
		}
		r.causes[s.Name] = cause
	}
	r.fill(r.graph.Services)
	return r
}

func TestMarkdownFitsIntoAComment(t *testing.T) {
	long := strings.Repeat("a very/long|path`", 50)
	for _, c := range []struct {
		report *report
		whole  bool
	}{
		{crowd(1, "ms"), true},
		{crowd(100, "ms"), true},
		{crowd(200, long), false},
		{crowd(2000, "ms"), false},
		{crowd(2000, "\n|`\xff"), false},
	} {
		text := markdown(c.report)
		if len(text) > maxComment {
			t.Errorf("%d services: %d bytes", c.report.Count, len(text))
		}
		told := strings.Count(text, "\n| `")
		left := 0
		if m := regexp.MustCompile(`\n(\d+) services? more did not fit here`).FindStringSubmatch(text); m != nil {
			if _, err := fmt.Sscan(m[1], &left); err != nil {
				t.Fatal(err)
			}
		}
		if told+left != c.report.Count || c.whole != (left == 0) {
			t.Errorf("%d services: %d told and %d counted", c.report.Count, told, left)
		}
		if told < min(c.report.Count, 10) {
			t.Errorf("%d services: only %d told", c.report.Count, told)
		}
	}
}

func TestMarkdownTellsASharedReasonOnce(t *testing.T) {
	r := crowd(250, "ms")
	for i := range r.Affected {
		r.Affected[i].Path, r.Affected[i].Because, r.Affected[i].Via = "build.mk", "it is global", nil
	}
	if text := markdown(r); strings.Count(text, "it is global") != 3 || strings.Count(text, "`service-") != 250 {
		t.Errorf("got %s", text)
	}
	text := table(r)
	if strings.Count(text, "it is global") != 1 || !strings.Contains(text, "250 services: build.mk changed; it is global\n    service-0 service-1 ") {
		t.Errorf("got %s", text)
	}
	for line := range strings.Lines(text) {
		if len(line) > lineWidth+1 {
			t.Errorf("a line of %d characters", len(line))
		}
	}
}

func TestMarkdownSaysWhatTheDrawingLeavesOut(t *testing.T) {
	text := markdown(crowd(2000, "ms"))
	m := regexp.MustCompile(`The drawing leaves out (\d+) edges? and (\d+) nodes?`).FindStringSubmatch(text)
	if m == nil || strings.Count(text, "-->") > draw.MaxEdges {
		t.Errorf("%d arrows, %v left out", strings.Count(text, "-->"), m)
	}
	if strings.Contains(markdown(crowd(100, "ms")), "leaves out") {
		t.Error("a small drawing leaves something out")
	}
}

// unescaped counts what ends a cell of a table.
func unescaped(row string) int {
	return strings.Count(row, "|") - strings.Count(row, `\|`)
}

// Whatever a path holds, a row has two cells, and nothing of the path is outside
// of a code span.
func FuzzMarkdownRow(f *testing.F) {
	for _, path := range []string{"a|b", "`", "``a`", `a\|b`, "@team", "<!--", "a\nb | c", "[x](http://example.com)", "![", "\xff", "a ` b", "(a);", "\\`|"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		r := crowd(1, path)
		row := r.rowsWithin(maxComment)
		lines := strings.Split(strings.TrimSpace(row), "\n")
		if len(lines) != 3 || unescaped(lines[2]) != 3 {
			t.Fatalf("%q: %q", path, row)
		}
		if rest := outside(lines[2]); strings.ContainsAny(rest, "`<>@[]*_#\\!&~/") {
			t.Errorf("%q: %q is outside of code spans in %q", path, rest, lines[2])
		}
	})
}

// outside is what of a line is in no code span, read as CommonMark does: a run
// of backticks ends at the next run that is as long.
func outside(line string) string {
	runs := regexp.MustCompile("`+").FindAllStringIndex(line, -1)
	var b strings.Builder
	at := 0
	for i := 0; i < len(runs); i++ {
		if runs[i][0] < at {
			continue
		}
		for _, end := range runs[i+1:] {
			if end[1]-end[0] == runs[i][1]-runs[i][0] {
				b.WriteString(line[at:runs[i][0]])
				at = end[1]
				break
			}
		}
	}
	return b.String() + line[at:]
}
