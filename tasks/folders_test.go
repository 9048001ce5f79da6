// SPDX-License-Identifier: Apache-2.0

package tasks

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

var update = flag.Bool("update", false, "rewrite the flag tables of the READMEs")

func TestEveryTaskHasItsCommandTwin(t *testing.T) {
	inTasks, inCmd := folders(t, "."), folders(t, "../cmd")
	known := map[string]bool{}
	for _, c := range commands() {
		known[c.Name] = true
	}
	for name := range inTasks {
		if !inCmd[name] || !known[name] {
			t.Errorf("tasks/%s has no cmd/%s or no command of that name", name, name)
		}
	}
	for name := range inCmd {
		if !inTasks[name] {
			t.Errorf("cmd/%s has no tasks/%s", name, name)
		}
	}
}

func folders(t *testing.T, dir string) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		if e.IsDir() {
			names[e.Name()] = true
		}
	}
	return names
}

const (
	begin = "<!-- flags:begin -->\n"
	end   = "<!-- flags:end -->"
)

func TestReadmesShowTheRealFlags(t *testing.T) {
	for _, cmd := range commands() {
		t.Run(cmd.Name, func(t *testing.T) {
			file := filepath.Join(cmd.Name, "README.md")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before, rest, ok := bytes.Cut(text, []byte(begin))
			_, after, ok2 := bytes.Cut(rest, []byte(end))
			if !ok || !ok2 {
				t.Fatalf("%s has no %s … %s", file, begin, end)
			}
			want := bytes.Join([][]byte{before, []byte(begin), []byte("\n" + step.Markdown(cmd)), []byte(end), after}, nil)
			if bytes.Equal(text, want) {
				return
			}
			if !*update {
				t.Fatalf("%s: the flag tables are not those of the binary; go test ./tasks -update rewrites them", file)
			}
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}
