// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// replaceFile writes a file at once, so that nobody reads half of it.
func replaceFile(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	tmp := name + ".tmp"
	if err := os.WriteFile(tmp, content, 0o600); err != nil { // #nosec G703 -- callers name files of our own folders
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := os.Rename(tmp, name); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// byDigest lists the images of a registry that text names by digest, sorted.
func byDigest(text []byte, registry string) []string {
	pattern := regexp.MustCompile(regexp.QuoteMeta(registry) + `/[a-z0-9./_-]+@sha256:[0-9a-f]{64}`)
	var refs []string
	for _, ref := range pattern.FindAll(text, -1) {
		refs = append(refs, string(ref))
	}
	slices.Sort(refs)
	return slices.Compact(refs)
}
