// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"strings"
	"testing"
)

func TestBranchNames(t *testing.T) {
	for text, want := range map[string][2]string{
		"":                        {"adze/web", "adze/web@release/2"},
		"adze/{{.Base}}/{{.Key}}": {"adze/release/2/web", "adze/release/2/web"},
		"adze/{{.Key}}-{{if .Default}}next{{else}}other{{end}}": {"adze/web-next", "adze/web-other"},
	} {
		found, err := parseBranchName(text, "release/2")
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for i, isDefault := range []bool{true, false} {
			a := Templates{branches: found}.affixes("release/2", isDefault)
			if got := a.of("web"); got != want[i] {
				t.Errorf("%q makes %s, want %s", text, got, want[i])
			}
			if key, ok := a.key(want[i]); !ok || key != "web" {
				t.Errorf("%q: %s is of %q", text, want[i], key)
			}
			if key, ok := a.key("main"); ok {
				t.Errorf("%q: main is of %q", text, key)
			}
		}
	}
	for text, want := range map[string]string{
		"adze/all":               "must hold {{.Key}}",
		"adze/{{.Key}}/{{.Key}}": "must hold {{.Key}} once",
		`adze/{{if eq .Key "k-1-y"}}a{{end}}{{.Key}}`: "must hold {{.Key}} once",
		"deploy/{{.Key}}":         "does not begin with adze/",
		"adze/{{.Key}} {{.Base}}": "no name for a branch",
		"adze/../{{.Key}}":        "no name for a branch",
		"adze/{{.Key}}.lock":      "no name for a branch",
		"adze/{{.Key":             "template: branch:1",
		"adze/{{.Nope}}":          "evaluate field Nope",
	} {
		if _, err := parseBranchName(text, "main"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
