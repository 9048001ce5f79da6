// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/adze-ci/adze/internal/step"
)

// shellLines are the lines of a README's blocks of shell.
func shellLines(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for i, block := range strings.Split(string(text), "```") {
		if body, ok := strings.CutPrefix(block, "sh\n"); ok && i%2 == 1 {
			lines = append(lines, strings.Split(strings.TrimSpace(body), "\n")...)
		}
	}
	if len(lines) == 0 {
		t.Fatal("the README shows no command")
	}
	return lines
}

// What the README tells to run names files that are there, a DaemonSet of theirs,
// and flags that the program has.
func TestReadmeCommands(t *testing.T) {
	for _, line := range shellLines(t) {
		words := strings.Fields(line)
		for _, word := range words {
			if _, err := os.Stat(filepath.Join("../..", word)); strings.HasPrefix(word, "tasks/") && err != nil {
				t.Errorf("%s: %v", line, err)
			}
			if name, ok := strings.CutPrefix(word, "daemonset/"); ok && !strings.Contains(daemonSets(t), words[2]+"/"+name+"\n") {
				t.Errorf("%s: no YAML has that DaemonSet", line)
			}
		}
		if i := slices.Index(words, "--"); i >= 0 {
			wantRun(t, words[i+1:])
		}
	}
}

// daemonSets lists the DaemonSets, a line for each.
func daemonSets(t *testing.T) string {
	t.Helper()
	var names strings.Builder
	for _, file := range []string{"daemonset.yaml", "restore.yaml"} {
		set := objects[appsv1.DaemonSet](t, file, "DaemonSet")[0]
		names.WriteString(set.Namespace + "/" + set.Name + "\n")
	}
	return names.String()
}

// wantRun wants words to be a command of the program as ko places it.
func wantRun(t *testing.T, words []string) {
	t.Helper()
	i := slices.IndexFunc(Command().Commands, func(c step.Command) bool { return c.Name == words[1] })
	if words[0] != "/ko-app/node-resolv" || i < 0 {
		t.Fatalf("%q is no command", words)
	}
	if err := step.FlagsOf(Command().Commands[i]).Parse(words[2:]); err != nil {
		t.Errorf("%q: %v", words, err)
	}
}
