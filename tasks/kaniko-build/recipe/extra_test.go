// SPDX-License-Identifier: Apache-2.0

package recipe

import (
	"strings"
	"testing"
)

// What chooses the recipe is told by flags of our own, in whichever form it is given.
func TestCheckExtra(t *testing.T) {
	for args, want := range map[string]string{
		"--target=app":                  "give it as --target",
		"--verbosity=debug --build-arg": "give it as --build-arg",
		"--registry-map=a=b":            "give it as --registry-map",
		"--context-sub-path=x":          "told by --context",
		"-fOther":                       "told by --context and --dockerfile",
		"-c /elsewhere":                 "--extra-arg=-c",
		"--label a=-f --customPlatform=linux/arm64 -v debug --target-of=x --context-x - -": "",
		"": "",
	} {
		err := CheckExtra(strings.Fields(args))
		if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}
