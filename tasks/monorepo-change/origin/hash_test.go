// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
)

// content is a commit: what git's fast-import reads of each path, as
// "100644 text", "120000 target" or "160000 commit".
type content map[string]string

func (c content) with(changes ...string) content {
	out := maps.Clone(c)
	for i := 0; i+1 < len(changes); i += 2 {
		if out[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(out, changes[i])
		}
	}
	return out
}

// scanned makes a repository of one commit, and scans it.
func scanned(t *testing.T, c content) *Scanned {
	t.Helper()
	var b strings.Builder
	b.WriteString("commit refs/heads/main\ncommitter c <c@example.com> 1700000000 +0000\ndata 1\nx\n")
	for _, file := range slices.Sorted(maps.Keys(c)) {
		mode, text, _ := strings.Cut(c[file], " ")
		if mode == "160000" {
			fmt.Fprintf(&b, "M 160000 %s %s\n", text, file)
		} else {
			fmt.Fprintf(&b, "M %s inline %s\ndata %d\n%s\n", mode, file, len(text), text)
		}
	}
	dir := t.TempDir()
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"fast-import", "--quiet"}} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(b.String())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
	}
	o := &Options{Repo: gitx.Options{Source: dir}, Config: monorepo.FileName, Revision: "main"}
	s, err := o.Scan(t.Context(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func hashes(t *testing.T, c content) map[string]string {
	t.Helper()
	s := scanned(t, c)
	if len(s.Graph.Faults) > 0 {
		t.Fatal(s.Graph.Faults)
	}
	var names []string
	for _, svc := range s.Services.All {
		names = append(names, svc.Name)
	}
	found, err := s.Hashes(t.Context(), s.Graph, names)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if files, err := s.Inputs(t.Context(), s.Graph, name); err != nil || Hash(files) != found[name] {
			t.Errorf("%s alone: %v", name, err)
		}
	}
	return found
}

const oneCommit, otherCommit = "0123456789012345678901234567890123456789", "9876543210987654321098765432109876543210"

// estate is a repository in which app depends on base, and base on it.
var estate = content{
	monorepo.FileName: `100644 apiVersion: adze.dev/v1alpha1
kind: Monorepo
services:
  list:
    - {name: app, path: ms/app, context: ., dependsOn: [base], inputs: ["schema/**", "!schema/old"]}
    - {name: base, path: ms/base, dependsOn: [app]}
    - {name: alone, path: ms/alone}
`,
	"ms/app/Dockerfile":   "100644 FROM x\nCOPY libs *.lock /\n",
	"ms/app/main.go":      "100644 package main\n",
	"ms/app/link":         "120000 ../../shared/deep",
	"ms/app/sub":          "160000 " + oneCommit,
	"ms/base/Dockerfile":  "100644 FROM x\n",
	"ms/alone/Dockerfile": "100644 FROM x\n",
	".dockerignore":       "100644 libs/*.md\n",
	"libs/a":              "100644 a",
	"libs/a.md":           "100644 a",
	"go.lock":             "100644 a",
	"schema/a":            "100644 a",
	"schema/old":          "100644 a",
	"shared/deep/x":       "100644 a",
	"shared/other":        "100644 a",
	"other":               "100644 a",
}

func TestTheHashIsThatOfTheInputs(t *testing.T) {
	before := hashes(t, estate)
	if before["app"] != before["base"] || before["app"] == before["alone"] {
		t.Errorf("what depends on each other is made of the same: %v", before)
	}
	for _, c := range []struct {
		name    string
		changes []string
		same    bool
	}{
		{"a file", []string{"ms/app/main.go", "100644 package x\n"}, false},
		{"a mode", []string{"ms/app/main.go", "100755 package main\n"}, false},
		{"a new file", []string{"ms/app/new", "100644 x"}, false},
		{"a file that is gone", []string{"ms/app/main.go", ""}, false},
		{"a file that moved", []string{"ms/app/main.go", "", "ms/app/x.go", "100644 package main\n"}, false},
		{"a dependency's file", []string{"ms/base/x", "100644 x"}, false},
		{"a link", []string{"ms/app/link", "120000 ../../shared/other"}, false},
		{"what a link leads to", []string{"shared/deep/x", "100644 b"}, false},
		{"a submodule's commit", []string{"ms/app/sub", "160000 " + otherCommit}, false},
		{"a copied file", []string{"libs/a", "100644 b"}, false},
		{"a file that a glob copies", []string{"new.lock", "100644 b"}, false},
		{"what is left out", []string{".dockerignore", "100644 libs/a\n"}, false},
		{"a declared input", []string{"schema/a", "100644 b"}, false},
		{"what .dockerignore leaves out", []string{"libs/a.md", "100644 b"}, true},
		{"what inputs take away", []string{"schema/old", "100644 b"}, true},
		{"beside what a link leads to", []string{"shared/other", "100644 b"}, true},
		{"another service", []string{"ms/alone/x", "100644 b"}, true},
		{"something else", []string{"other", "", "more", "100644 b"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			after := hashes(t, estate.with(c.changes...))
			if same := after["app"] == before["app"]; same != c.same {
				t.Errorf("the hash stays: %t", same)
			}
		})
	}
}

func TestTheHashKnowsNoOrder(t *testing.T) {
	config := estate[monorepo.FileName]
	head, list, _ := strings.Cut(config, "  list:\n")
	lines := strings.SplitAfter(strings.TrimSuffix(list, "\n")+"\n", "\n")
	slices.Reverse(lines[:len(lines)-1])
	turned := head + "  list:\n" + strings.Join(lines, "")
	before, after := hashes(t, estate), hashes(t, estate.with(monorepo.FileName, turned))
	if turned == config || !maps.Equal(before, after) {
		t.Errorf("%v, and turned round %v", before, after)
	}
}

// Two sets of inputs have one hash if, and only if, they are equal.
func TestHashesDifferAsInputsDo(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	names := []string{"a", "a\tb", "a\n", "\xff", "a 100644", "b", "é"}
	modes := []gitx.Mode{gitx.File, gitx.Exec, gitx.Symlink, gitx.Gitlink}
	some := func() map[string]gitx.Entry {
		files := map[string]gitx.Entry{}
		for range rnd.IntN(4) {
			name := names[rnd.IntN(len(names))]
			files[name] = gitx.Entry{Name: name, Mode: modes[rnd.IntN(len(modes))], ID: gitx.ID{byte(rnd.IntN(2))}}
		}
		return files
	}
	equal := 0
	for range 20000 {
		a, b := some(), some()
		if maps.Equal(a, b) {
			equal++
		}
		if maps.Equal(a, b) != (Hash(a) == Hash(b)) {
			t.Fatalf("%v and %v", a, b)
		}
	}
	if equal < 100 {
		t.Errorf("only %d pairs were equal", equal)
	}
}
