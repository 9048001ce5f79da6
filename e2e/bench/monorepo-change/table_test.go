// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/measure"
)

// The README keeps what was measured in the form that the program writes: every
// way at every size, but for those that check out the largest.
func TestReadmeKeepsTheTable(t *testing.T) {
	t.Parallel()
	table, err := measure.Between(filepath.Join("..", "..", "..", readme))
	if err != nil {
		t.Fatal(err)
	}
	_, body, ok := strings.Cut(table, header)
	if !ok {
		t.Fatalf("%s has no table headed\n%s", readme, header)
	}
	figures := regexp.MustCompile(`^\| ([\d,]+) \| ([^|]+) \|( [\d.]+ s \|){2} [\d.]+× \| [\d.]+ [kM]B \| [\d.]+× \| [\d.]+ [kM]B \| \d+ \| [\d.]+ [kM]B \|$`)
	var got []string
	for line := range strings.Lines(body) {
		if line = strings.TrimSpace(line); line == "" {
			break
		}
		m := figures.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("%s: %q is no line of the table", readme, line)
		}
		got = append(got, m[1]+" "+m[2])
	}
	var want []string
	for _, files := range sizes {
		for _, w := range ways() {
			if !w.checkout || files <= defaultCheckouts {
				want = append(want, measure.Thousands(files)+" "+w.name)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has the lines\n%s\nthe program writes\n%s", readme, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A made-up measurement shows what the lines below the table are made of.
func TestGoals(t *testing.T) {
	t.Parallel()
	at := func(files int, way string, seconds, bytes int64, requests int) row {
		f := figures{took: time.Duration(seconds) * time.Second, received: bytes, requests: requests}
		return row{files, way, f, f}
	}
	got := strings.Join(goals([]row{
		at(20_000, wayDeclared, 2, 100, 9), at(1_000_000, wayDeclared, 3, 120, 9), at(200_000, wayDeclared, 1, 50, 9),
		at(200_000, wayDefault, 2, 500, 13), at(200_000, wayLess, 2, 200, 12), at(200_000, wayShallow, 30, 5000, 7),
	}), "\n")
	for _, want := range []string{"takes 15× the time (15× from 50 ms away) and 10× the bytes", "30× (30×) and 100×", "1.5× the time (1.5× from 50 ms away) and 1.2× the bytes", "takes 9 requests", "Dockerfiles 12", "looked for 13"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if lines := goals([]row{at(2_000, wayDefault, 1, 1, 1)}); len(lines) > 0 {
		t.Errorf("lines out of nothing: %q", lines)
	}
}

// Equal recipes write equal streams, of as many files as they say.
func TestRecipe(t *testing.T) {
	t.Parallel()
	r := recipeFor(2000)
	var a, b strings.Builder
	if err := r.write(&a); err != nil {
		t.Fatal(err)
	}
	if err := r.write(&b); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Error("a recipe writes one thing and then another")
	}
	first, _, ok := strings.Cut(a.String(), "commit refs/heads/main\ncommitter c <c@example.com> 1700000120 ")
	if n := strings.Count(first, "M 100644 inline teams/"); !ok || n != r.Files {
		t.Errorf("%d files, want %d", n, r.Files)
	}
	if n := strings.Count(a.String(), "commit refs/heads/main\n"); n != 1+r.Before+r.Push {
		t.Errorf("%d commits", n)
	}
}
