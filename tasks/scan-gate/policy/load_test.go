// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// A policy that is not to be had is not taken for none: the default may let pass what
// it refuses.
func TestLoadFaults(t *testing.T) {
	for name, c := range map[string]struct {
		make func(dir string) error
		says string
	}{
		"empty file":           {func(dir string) error { return os.WriteFile(dir+"/policy.yaml", nil, 0o600) }, "policy.yaml:1: the policy is empty"},
		"only words":           {func(dir string) error { return os.WriteFile(dir+"/policy.yaml", []byte("# none yet\n"), 0o600) }, "policy.yaml:1: the policy is empty"},
		"a folder of its name": {func(dir string) error { return os.Mkdir(dir+"/policy.yaml", 0o700) }, "is a directory"},
		"another name":         {func(dir string) error { return os.WriteFile(dir+"/policy.yml", []byte(policyHead), 0o600) }, "no such file"},
		"a link to nothing":    {func(dir string) error { return os.Symlink("..data/policy.yaml", dir+"/policy.yaml") }, "no such file"},
		"a merge key": {func(dir string) error {
			return os.WriteFile(dir+"/policy.yaml", []byte(policyHead+"<<: {severity: CRITICAL}\n"), 0o600)
		}, `unknown key "<<"`},
		"an alias": {func(dir string) error {
			return os.WriteFile(dir+"/policy.yaml", []byte(policyHead+"onlyFixed: &a true\nnewOnly: *a\n"), 0o600)
		}, "policy.yaml:4:10: want a value"},
		"a time, no day": {func(dir string) error {
			return os.WriteFile(dir+"/policy.yaml", []byte(policyHead+"ignore: [{id: A, reason: x, expires: 2026-12-31T00:00:00Z}]\n"), 0o600)
		}, "is no day like"},
		"a day that is none": {func(dir string) error {
			return os.WriteFile(dir+"/policy.yaml", []byte(policyHead+"ignore: [{id: A, reason: x, expires: 2026-02-30}]\n"), 0o600)
		}, "is no day like"},
	} {
		dir := t.TempDir()
		if err := c.make(dir); err != nil {
			t.Fatal(err)
		}
		if p, err := Load(dir); step.CodeOf(err) != step.CodeMisused || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if p, err := Load(filepath.Join(t.TempDir(), "none")); step.CodeOf(err) != step.CodeMisused {
		t.Errorf("a path to nothing: %+v, %v", p, err)
	}
}

// An optional ConfigMap that does not exist is mounted as an empty folder.
func TestLoadNone(t *testing.T) {
	for _, path := range []string{"", t.TempDir()} {
		if p, err := Load(path); err != nil || p.Digest() != Default().Digest() || !strings.Contains(p.String(), "(the default)") {
			t.Errorf("%q: %v, %v", path, p, err)
		}
	}
}
