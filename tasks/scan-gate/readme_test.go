// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// The README's policy, with its document beside it, is one that the gate takes.
func TestReadmePolicy(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for begin, file := range map[string]string{"```yaml\napiVersion: adze.dev": "policy.yaml", "```json\n{\n  \"@context\"": "openvex.json"} {
		_, rest, found := strings.Cut(string(readme), begin)
		text, _, ended := strings.Cut(rest, "```")
		if !found || !ended {
			t.Fatalf("no %s in the README", file)
		}
		_, head, _ := strings.Cut(begin, "\n")
		if err := os.WriteFile(filepath.Join(dir, file), []byte(head+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := policy.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Ignore) != 1 || len(p.VEX) != 1 || len(p.Rules) != 2 || len(p.Grace) != 2 || p.MaxDatabaseAge == 0 {
		t.Errorf("read %+v", p)
	}
}
