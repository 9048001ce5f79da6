// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/adze-ci/adze/internal/step"
)

// used is a command as it is written somewhere: its subcommand and its flags.
type used struct {
	line, subcommand string
	flags            map[string]bool
}

// where says which flags only tell where the repository is, and so differ
// between a document and a test.
var where = []string{"url", "source", "credentials", "revision"}

// use parses a command's line, and so holds its flags to the real ones.
func use(t *testing.T, line string) used {
	t.Helper()
	words := strings.Fields(line)
	cmd := Command()
	u := used{line: line, flags: map[string]bool{}}
	words = words[1:]
	for _, sub := range cmd.Commands {
		if len(words) > 0 && words[0] == sub.Name {
			cmd, u.subcommand, words = sub, sub.Name, words[1:]
			break
		}
	}
	flags := step.FlagsOf(cmd)
	if err := flags.Parse(words); err != nil {
		t.Errorf("%s: %v", line, err)
	}
	flags.Visit(func(f *pflag.Flag) { u.flags[f.Name] = !slices.Contains(where, f.Name) })
	return u
}

// covers tells whether a command that is run has all that another shows.
func (u used) covers(shown used) bool {
	for name, matters := range shown.flags {
		if matters && !u.flags[name] {
			return false
		}
	}
	return u.subcommand == shown.subcommand
}

// The README's commands have real flags, and each is run by a script, the place
// of the repository aside.
func TestReadmeCommandsAreRun(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var run []used
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	inScript := regexp.MustCompile(`(?m)^(?:exec|code 0|code 3) (monorepo-change .*)$`)
	for _, name := range scripts {
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inScript.FindAllStringSubmatch(string(script), -1) {
			run = append(run, use(t, m[1]))
		}
	}
	shown := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", " ")) {
			line, _, _ = strings.Cut(line, " > ")
			if !strings.HasPrefix(line, "monorepo-change") {
				continue
			}
			shown++
			u := use(t, line)
			if !slices.ContainsFunc(run, func(r used) bool { return r.covers(u) }) {
				t.Errorf("no script runs what the README shows: %s", line)
			}
		}
	}
	if shown < 10 {
		t.Errorf("only %d commands found", shown)
	}
}
