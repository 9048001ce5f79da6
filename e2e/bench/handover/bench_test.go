// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/measure"
	"github.com/adze-ci/adze/e2e/measure/counted"
)

// The contexts are the same each time, and each layer has a file.
func TestContexts(t *testing.T) {
	t.Parallel()
	one, two := t.TempDir(), t.TempDir()
	for _, dir := range []string{one, two} {
		if err := makeContexts(dir, layers*1000); err != nil {
			t.Fatal(err)
		}
	}
	for context, want := range map[string]int{contextNew: layers, contextSmall: 1} {
		recipe, err := os.ReadFile(filepath.Join(one, context, "Dockerfile"))
		if err != nil {
			t.Fatal(err)
		}
		copies := regexp.MustCompile(`(?m)^COPY (\S+) `).FindAllStringSubmatch(string(recipe), -1)
		if len(copies) != want {
			t.Errorf("%s: %d layers, want %d", context, len(copies), want)
		}
		seen := map[string]bool{}
		for _, c := range copies {
			text, err := os.ReadFile(filepath.Join(one, context, c[1]))
			if err != nil || len(text) != 1000 || seen[string(text)] {
				t.Errorf("%s has %d bytes, or those of another file, %v", c[1], len(text), err)
			}
			seen[string(text)] = true
			if again, err := os.ReadFile(filepath.Join(two, context, c[1])); err != nil || string(again) != string(text) {
				t.Errorf("%s is another when made again, %v", c[1], err)
			}
		}
	}
}

// A shell reads what was quoted as it was.
func TestQuote(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", quote([]string{"printf", "%s|", "a b", "it's", "$HOME"})).Output()
	if err != nil || string(out) != "a b|it's|$HOME|" {
		t.Errorf("got %s, %v", out, err)
	}
}

// Both get the same arguments for what is built, and only one the registry.
func TestWays(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		for _, s := range w.steps("registry.test", []string{"--build-arg=A=1"}) {
			words := strings.Join(s, " ")
			if s[0] != harborPush && !strings.Contains(words, "--build-arg=A=1") {
				t.Errorf("%s: %q does not get the build argument", w.name, s)
			}
			if builds := s[0] == kanikoBuild && s[1] != "reuse"; builds == strings.Contains(words, "registry.test") {
				t.Errorf("%s: %q", w.name, s)
			}
		}
	}
}

// Layers that the registry has are neither written nor sent.
func TestVerdict(t *testing.T) {
	t.Parallel()
	const bytes = layers * 1000
	for _, r := range []row{
		{taskSmall, wayHandover, counted.Figures{}, 1000}, {taskSmall, wayTimes, counted.Figures{Sent: 1000}, 0}, {},
	} {
		if err := verdict([]row{r}, bytes); (err == nil) != (r.way == "") {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// The README keeps what was measured in the form that the program writes.
func TestReadmeKeepsTheTable(t *testing.T) {
	t.Parallel()
	text, err := measure.Between(filepath.Join("..", "..", "..", readme))
	if err != nil {
		t.Fatal(err)
	}
	_, body, ok := strings.Cut(text, header)
	if !ok {
		t.Fatalf("%s has no table headed\n%s", readme, header)
	}
	line := regexp.MustCompile(`^\| ([^|]+ \| [^|]+) (\| [\d.]+ s \| [\d.]+× ){2}(\| [\d.]+ [kMG]B ){4}\|$`)
	var got, want []string
	for l := range strings.Lines(body) {
		m := line.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil {
			break
		}
		got = append(got, m[1])
	}
	for _, t := range tasks() {
		for _, w := range ways() {
			want = append(want, t.name+" | "+w.name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has the lines\n%s\nthe program writes\n%s", readme, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
