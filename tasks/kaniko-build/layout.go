// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adze-ci/adze/internal/step"
)

// prepareLayout makes room for a layout: an earlier one is removed, for the
// executor would leave its blobs among the new ones. A folder that holds
// anything else is left alone.
func prepareLayout(dir string) error {
	if dir == "" {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && len(entries) == 0) {
		return nil
	}
	if err != nil {
		return step.Misuse("reading --layout: %w", err)
	}
	for _, e := range entries {
		switch e.Name() {
		case "oci-layout", "index.json", "blobs":
		default:
			return step.Misuse("--layout=%s holds %s, which is no part of an OCI layout; name a folder that may be replaced", dir, e.Name())
		}
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("removing the earlier layout: %w", err)
		}
	}
	return nil
}
