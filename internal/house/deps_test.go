// SPDX-License-Identifier: Apache-2.0

package house

import (
	"flag"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the lists of linked modules")

// Each binary's outside modules are listed, so that a change of them is seen
// and meant. Kubernetes' client belongs to none but the DaemonSet's.
func TestDependencyBudget(t *testing.T) {
	for _, cmd := range list(t, "./cmd/...") {
		name := path.Base(cmd.ImportPath)
		t.Run(name, func(t *testing.T) {
			got := strings.Join(linked(t, cmd), "\n") + "\n"
			file := filepath.Join("testdata", "deps", name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || string(want) != got {
				t.Errorf("%s links other modules than %s lists (%v); go test ./internal/house -update rewrites it. now:\n%s", name, file, err, got)
			}
			if name != "node-resolv" && strings.Contains(got, "k8s.io/client-go\n") {
				t.Errorf("%s links k8s.io/client-go, and needs no cluster", name)
			}
		})
	}
}

// linked lists the outside modules whose packages a command links.
func linked(t *testing.T, cmd goPackage) []string {
	t.Helper()
	modules := map[string]bool{}
	for _, p := range list(t, "-deps", cmd.ImportPath) {
		if !p.Standard && p.Module != nil && p.Module.Path != module {
			modules[p.Module.Path] = true
		}
	}
	var names []string
	for m := range modules {
		names = append(names, m)
	}
	slices.Sort(names)
	return names
}
