// SPDX-License-Identifier: Apache-2.0

package house

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shellBlocks are the commands that a document shows, a block each.
func shellBlocks(text string) []string {
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// What the README says to type is typed by CI: its make targets run in .ci/run
// or in a scenario of e2e, and so does its way to install.
func TestReadmeCommandsAreRun(t *testing.T) {
	readme := string(read(t, "README.md"))
	before, rest, ok := strings.Cut(readme, "\n## Install\n")
	_, after, ok2 := strings.Cut(rest, "\n## ")
	if !ok || !ok2 {
		t.Fatal("README.md has no part named Install, which e2e/scenarios runs")
	}
	run := targetsOfCI(t)
	found := 0
	for _, block := range slices.Concat(shellBlocks(before), shellBlocks(after)) {
		for line := range strings.Lines(block) {
			command, _, _ := strings.Cut(line, "#")
			words := strings.Fields(command)
			if len(words) == 0 {
				continue
			}
			found++
			if len(words) != 2 || words[0] != "make" || !slices.Contains(run, words[1]) {
				t.Errorf("README.md: %q is run by nothing in .ci/run", strings.TrimSpace(command))
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d commands found in README.md", found)
	}
}

// targetsOfCI are the make targets that .ci/run runs, and those that scenarios do.
func targetsOfCI(t *testing.T) []string {
	t.Helper()
	script := string(read(t, ".ci/run"))
	m := regexp.MustCompile(`for target in ([a-z0-9 -]+); do`).FindStringSubmatch(script)
	if m == nil || !strings.Contains(script, `make "$target"`) {
		t.Fatal(".ci/run has no loop over make targets")
	}
	targets := strings.Fields(m[1])
	if strings.Contains(script, "make down") {
		targets = append(targets, "down")
	}
	inScenario := regexp.MustCompile(`Path: "make", Args: \[\]string\{"([a-z0-9-]+)"`)
	for _, name := range files(t) {
		if strings.HasPrefix(name, "e2e/scenarios/") {
			for _, m := range inScenario.FindAllStringSubmatch(string(read(t, name)), -1) {
				targets = append(targets, m[1])
			}
		}
	}
	return targets
}
