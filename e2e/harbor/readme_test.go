// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/harbor"
)

var update = flag.Bool("update", false, "write the table of routes into README.md")

// TestReadmeListsTheRoutes keeps the table equal to what the server implements.
func TestReadmeListsTheRoutes(t *testing.T) {
	const start, end = "<!-- routes -->\n", "<!-- /routes -->"
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(data), start)
	table, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatal("README.md has no place for the routes")
	}
	want := routeTable()
	if table == want {
		return
	}
	if !*update {
		t.Fatalf("the table of routes in README.md is out of date\nhint: go test ./e2e/harbor -run TestReadmeListsTheRoutes -update")
	}
	if err := os.WriteFile("README.md", []byte(head+start+want+end+tail), 0o600); err != nil {
		t.Fatal(err)
	}
}

func routeTable() string {
	var b strings.Builder
	b.WriteString("\n| method | path | permission |\n|---|---|---|\n")
	for _, r := range harbor.Routes() {
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", r.Method, r.Path, r.Permission)
	}
	return b.String() + "\n"
}

// Each fault that there is stands in the README.
func TestReadmeListsTheFaults(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range harbor.Kinds() {
		if !strings.Contains(string(data), "`"+kind+"`") {
			t.Errorf("README.md does not tell of the fault %s", kind)
		}
	}
}
