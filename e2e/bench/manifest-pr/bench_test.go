// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/measure"
)

var root = filepath.Join("..", "..", "..")

// rows gives the cells of the table below a head.
func rows(t *testing.T, text, header string) [][]string {
	t.Helper()
	_, body, ok := strings.Cut(text, header)
	if !ok {
		t.Fatalf("no table headed\n%s", header)
	}
	var all [][]string
	for line := range strings.Lines(body) {
		if line = strings.TrimSpace(line); line == "" {
			break
		}
		all = append(all, strings.Split(strings.Trim(line, "| "), " | "))
	}
	return all
}

// The README keeps what was measured in the form that the program writes.
func TestReadmeKeepsTheTables(t *testing.T) {
	t.Parallel()
	text, err := measure.Between(filepath.Join(root, readme))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	cell := regexp.MustCompile(`^[\d.,]+( s|×| [kM]B)$`)
	for _, r := range rows(t, text, timeHeader) {
		got = append(got, strings.Join(r[:2], ": "))
		for _, figure := range r[2:] {
			if !cell.MatchString(figure) {
				t.Errorf("%s: %q is no figure", r[:2], figure)
			}
		}
	}
	for _, s := range sets(defaultFiles) {
		for _, w := range s.ways {
			want = append(want, s.name+": "+w.name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has the lines\n%s\nthe program writes\n%s", readme, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	names := map[string]bool{}
	samples, err := corpus(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range variants() {
		names[v.name] = true
	}
	for _, s := range samples {
		names[s.group] = true
	}
	for _, r := range rows(t, text, harmHeader) {
		if !names[r[0]] || len(r) != 5 || r[2] != "0" {
			t.Errorf("%s: %q is no row of the corpus on which manifest-pr does no harm", readme, r)
		}
	}
}

// The editor changes no byte of the corpus but values, and sets them all: what
// `make bench` says of it holds without the tools that it is measured beside.
func TestNoHarm(t *testing.T) {
	t.Parallel()
	samples, err := corpus(root)
	if err != nil {
		t.Fatal(err)
	}
	b, h := &bench{work: t.TempDir()}, &harm{at: map[string]map[string]*done{}}
	for _, v := range variants() {
		for _, s := range samples {
			s.content = v.apply(s.content)
			if err := b.try(t.Context(), editors()[0], s, h.cell(v.name+s.group, wayOwn)); err != nil {
				t.Fatalf("%s%s: %v", v.name, s.group, err)
			}
		}
	}
	if err := h.verdict(); err != nil {
		t.Error(err)
	}
}

// What is changed, left or broken is seen.
func TestHarmIsSeen(t *testing.T) {
	t.Parallel()
	s := sample{"g", "f.yaml", []byte("a: {image: " + repository + ":old}\n\nb: {image: \"" + repository + ":old\"} # c\n")}
	for after, want := range map[string]done{
		"a: {image: " + repository + ":new}\n\nb: {image: \"" + repository + ":new\"} # c\n": {samples: 1, values: 2},
		"a: {image: '" + repository + ":new'}\nb: {image: " + repository + ":new} # c\n":     {samples: 1, values: 2, bytes: 1},
		"a: {image: " + repository + ":new}\n\nb: {image: \"" + repository + ":old\"} # C\n": {samples: 1, values: 2, bytes: 2, missed: 1},
		"a: {image: " + repository + ":new}\n":                                               {samples: 1, values: 2, bytes: 19, missed: 1},
		"a: {image: " + repository + ":new\n":                                                {samples: 1, values: 2, broken: 1},
	} {
		var got done
		if err := got.judge(s, []byte(after), false); err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", after, got, err, want)
		}
	}
	h := &harm{at: map[string]map[string]*done{}}
	*h.cell("g", wayOwn) = done{samples: 2, values: 4, bytes: 1_234, missed: 1, broken: 1}
	if err := h.verdict(); err == nil {
		t.Error("harm is no error")
	}
	if got := h.at["g"][wayOwn].String(); got != "1,234, 1 not set, 1 of 2 files fail" {
		t.Error(got)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]int{
		{"", ""}: 0, {"a", ""}: 1, {"", "ab"}: 2, {"abc", "abc"}: 0, {"abcabba", "cbabac"}: 5, {"a\r\nb\r\n", "a\nb\n"}: 2, {"abc", "xyz"}: 6,
	} {
		if got := distance([]byte(pair[0]), []byte(pair[1])); got != want {
			t.Errorf("%q: got %d, want %d", pair, got, want)
		}
	}
}

// A set has as many files as it says, and counts those that name the new image.
func TestSets(t *testing.T) {
	t.Parallel()
	for _, s := range sets(250) {
		dir := t.TempDir()
		if err := s.fill(dir); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.yaml"))
		if err != nil || len(files) != 250 {
			t.Errorf("%s: %d files, %v", s.name, len(files), err)
		}
		hits := 0
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			edited := strings.NewReplacer(repository+":old", repository+":new", "newTag: old", "newTag: new").Replace(string(text))
			if edited != string(text) {
				hits++
			}
			if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := s.count(dir); err != nil || n != s.hits() || hits != n || n == 0 {
			t.Errorf("%s: %d files name the new image, %d were edited, %d should: %v", s.name, n, hits, s.hits(), err)
		}
	}
}

// A made-up measurement shows what the lines below the table are made of.
func TestGoals(t *testing.T) {
	t.Parallel()
	at := func(set string, w way, seconds int) row {
		took := time.Duration(seconds) * time.Second
		return row{set, w.name, measure.Spent{Took: took, Busy: took / 2}}
	}
	got := strings.Join(goals([]row{
		at(setAll, own, 1), at(setAll, yqEach, 30), at(setAll, yqFew, 4), at(setFew, own, 2), at(setFew, yqFew, 44),
		at(setFew, grepYQ, 3), at(setKustomize, own, 1), at(setKustomize, kustomizeEdit, 25),
	}), "\n")
	for _, want := range []string{"takes 30× the time (30× that of processors) with a process per file, and 4.0× the time", "takes 22× the time (22× that of processors) in as few processes as it can, and 1.5× the time", "kustomize edit takes 25× the time"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
