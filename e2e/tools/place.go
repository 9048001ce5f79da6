// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// module is the first line of the product's go.mod.
const module = "module github.com/adze-ci/adze\n"

// Root finds the repository's top folder, upwards from the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	return rootAbove(dir)
}

func rootAbove(dir string) (string, error) {
	for d := dir; ; d = filepath.Dir(d) {
		text, err := os.ReadFile(filepath.Join(d, "go.mod"))
		if err == nil && bytes.Contains(text, []byte(module)) {
			return d, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("finding the repository: %w", err)
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("finding the repository: no go.mod of adze in %s or above\nhint: run this inside of adze's source tree", dir)
		}
	}
}

// Cache is adze's own folder among the user's caches: $XDG_CACHE_HOME/adze, or
// ~/.cache/adze. It need not exist.
func Cache() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder: %w\nhint: set HOME or XDG_CACHE_HOME", err)
	}
	return filepath.Join(dir, "adze"), nil
}
