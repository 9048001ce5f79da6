// SPDX-License-Identifier: Apache-2.0

package house

import (
	"strings"
	"testing"
)

// layer is the top folder that an import path of this module lies in, and for
// tasks the task itself: "tasks/scan-gate".
func layer(importPath string) string {
	rest, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return ""
	}
	words := strings.SplitN(rest, "/", 3)
	if words[0] == "tasks" && len(words) > 1 {
		return "tasks/" + words[1]
	}
	return words[0]
}

func TestImports(t *testing.T) {
	for _, p := range list(t, "./...") {
		from := layer(p.ImportPath)
		for _, imported := range p.Imports {
			to := layer(imported)
			switch {
			case to == "" || to == from:
			case from == "e2e":
			case strings.HasPrefix(to, "e2e"):
				t.Errorf("%s imports %s: stand-ins are for tests and e2e/", p.ImportPath, imported)
			case strings.HasPrefix(from, "tasks/") && strings.HasPrefix(to, "tasks/"):
				t.Errorf("%s imports %s: tasks meet in results, workspaces and params", p.ImportPath, imported)
			case from == "internal" && to != "internal":
				t.Errorf("%s imports %s: internal/ serves the tasks", p.ImportPath, imported)
			}
		}
	}
}

// A package earns its place in internal/ with its second importer; the
// harness is imported by all.
func TestInternalPackagesAreShared(t *testing.T) {
	importers := map[string]map[string]bool{}
	for _, p := range list(t, "-test", "./...") {
		from, _, _ := strings.Cut(p.ImportPath, " ")
		from = strings.TrimSuffix(strings.TrimSuffix(from, ".test"), "_test")
		for _, imported := range p.Imports {
			imported, _, _ = strings.Cut(imported, " ")
			if layer(imported) == "internal" && imported != from {
				if importers[imported] == nil {
					importers[imported] = map[string]bool{}
				}
				importers[imported][from] = true
			}
		}
	}
	for _, p := range list(t, "./internal/...") {
		if p.ImportPath != module+"/internal/house" && len(importers[p.ImportPath]) < 2 {
			t.Errorf("%s has %d importers; it belongs beside its only one", p.ImportPath, len(importers[p.ImportPath]))
		}
	}
}
