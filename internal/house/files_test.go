// SPDX-License-Identifier: Apache-2.0

package house

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryFileNamesItsLicence(t *testing.T) {
	for _, name := range files(t) {
		switch path.Ext(name) {
		case ".go", ".yaml", ".yml", ".sh":
			head, _, _ := bytes.Cut(read(t, name), []byte("\n\n"))
			if !bytes.Contains(head, []byte("SPDX-License-Identifier: Apache-2.0")) {
				t.Errorf("%s: no SPDX line at its top", name)
			}
		}
	}
}

func TestNamesSayWhatThingsAre(t *testing.T) {
	banned := []string{"util", "utils", "common", "lib", "helper", "helpers", "manager", "misc"}
	for _, name := range files(t) {
		for word := range strings.SplitSeq(name, "/") {
			if slices.Contains(banned, strings.TrimSuffix(word, path.Ext(word))) {
				t.Errorf("%s: %q says nothing about what it holds", name, word)
			}
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	comments := map[string][]string{}
	for _, name := range files(t) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/") {
			continue
		}
		dir := path.Dir(name)
		if _, ok := comments[dir]; !ok {
			comments[dir] = nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc != nil {
			comments[dir] = append(comments[dir], name)
		}
	}
	for dir, in := range comments {
		if len(in) != 1 {
			t.Errorf("%s: %d package comments %v, want 1", dir, len(in), in)
		}
	}
}

func TestMainIsShort(t *testing.T) {
	for _, name := range files(t) {
		if ok, _ := path.Match("cmd/*/*.go", name); !ok {
			continue
		}
		if lines := bytes.Count(read(t, name), []byte("\n")); path.Base(name) != "main.go" || lines > 25 {
			t.Errorf("%s: %d lines; a cmd folder holds a main.go of at most 25", name, lines)
		}
	}
}

// The harness is the only door out of a binary.
func TestOneExit(t *testing.T) {
	for _, name := range files(t) {
		if path.Ext(name) != ".go" || strings.HasPrefix(name, "e2e/") || strings.HasPrefix(name, "images/") || name == "internal/step/main.go" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Exit" {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "os" {
					t.Errorf("%s: calls os.Exit", name)
				}
			}
			return true
		})
	}
}

// ko reads every YAML and JSON file below tasks/, so fixtures are txtar.
func TestNoFixturesThatKoWouldRead(t *testing.T) {
	allowed := regexp.MustCompile(`^tasks/[^/]+/([a-z-]+)\.yaml$`)
	for _, name := range files(t) {
		ext := path.Ext(name)
		if !strings.HasPrefix(name, "tasks/") || (ext != ".yaml" && ext != ".yml" && ext != ".json") {
			continue
		}
		if !allowed.MatchString(name) {
			t.Errorf("%s: fixtures under tasks/ go into a .txtar", name)
		}
	}
}
