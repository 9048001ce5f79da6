// SPDX-License-Identifier: Apache-2.0

package house

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// Every ko:// reference in YAML names a main package of this module.
func TestKoReferencesResolve(t *testing.T) {
	mains := map[string]bool{}
	for _, p := range list(t, "./...") {
		mains[p.ImportPath] = p.Name == "main"
	}
	ref := regexp.MustCompile(`ko://([^\s"']+)`)
	found := 0
	for _, name := range files(t) {
		if ext := path.Ext(name); ext != ".yaml" && ext != ".yml" {
			continue
		}
		for _, m := range ref.FindAllStringSubmatch(string(read(t, name)), -1) {
			found++
			if !strings.HasPrefix(m[1], module+"/") || !mains[m[1]] {
				t.Errorf("%s: ko://%s is no main package of this module", name, m[1])
			}
		}
	}
	if found == 0 {
		t.Error("no ko:// reference found at all")
	}
}
