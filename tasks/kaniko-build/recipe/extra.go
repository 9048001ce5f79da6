// SPDX-License-Identifier: Apache-2.0

package recipe

import (
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// CheckExtra refuses arguments for the executor that choose what is built, or where
// its bases come from: the build key would be that of something else, and be found
// again when what counts has changed.
func CheckExtra(args []string) error {
	for _, arg := range args {
		word, _, _ := strings.Cut(arg, "=")
		flag, ours := strings.CutPrefix(word, "--")
		switch {
		case ours && slices.Contains([]string{"build-arg", "context", "dockerfile", "target", "registry-mirror", "registry-map"}, flag):
			return step.Misuse("--extra-arg=%s: give it as --%s, from which the build key is made too", word, flag)
		case ours && slices.Contains([]string{"bucket", "context-sub-path", "git"}, flag), !ours && len(word) > 1 && slices.Contains([]string{"-b", "-c", "-f"}, word[:2]):
			return step.Misuse("--extra-arg=%s: the build context and the Dockerfile are told by --context and --dockerfile", word)
		}
	}
	return nil
}
