// SPDX-License-Identifier: Apache-2.0

package house

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

var versionLabel = regexp.MustCompile(`app\.kubernetes\.io/version: *(\S+)`)

// What is installed names the version that its binaries answer with.
func TestVersionIsTheSameEverywhere(t *testing.T) {
	seen := 0
	for _, name := range files(t) {
		if path.Ext(name) != ".yaml" || strings.HasPrefix(name, "e2e/") {
			continue
		}
		for _, m := range versionLabel.FindAllSubmatch(read(t, name), -1) {
			if seen++; strings.Trim(string(m[1]), `"`) != step.Release {
				t.Errorf("%s: the label says %s, the binaries %q", name, m[1], step.Release)
			}
		}
	}
	if seen == 0 {
		t.Error("no file has the label")
	}
}
