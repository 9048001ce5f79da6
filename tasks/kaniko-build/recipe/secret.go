// SPDX-License-Identifier: Apache-2.0

package recipe

import (
	"os"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// SecretIDs are the names of the build secrets in a folder that holds a file of
// each; none where no folder is given. A folder that cannot be read is a misuse.
func SecretIDs(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, step.Misuse("reading --build-secrets: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "..") { // how Kubernetes keeps the versions of a Secret
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}
