// SPDX-License-Identifier: Apache-2.0

package mount

import (
	"os"
	"path/filepath"
	"testing"
)

func TestEmpty(t *testing.T) {
	dir := t.TempDir()
	want := func(empty bool) {
		t.Helper()
		if got, err := Empty(dir); err != nil || got != empty {
			t.Errorf("got %v, %v, want %v", got, err, empty)
		}
	}
	want(true)
	// As the kubelet lays out the volume of an optional ConfigMap that is not there.
	if err := os.Mkdir(filepath.Join(dir, "..2026_01_02"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..2026_01_02", filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	want(true)
	if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want(false)
	if _, err := Empty(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a missing folder is not an empty one")
	}
}
