// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/internal/mount"
	"github.com/adze-ci/adze/internal/step"
)

// Load reads a policy file, or policy.yaml of a folder. No path means the default,
// and so does an empty folder, which is how an optional ConfigMap that does not
// exist is mounted. Its errors are misuses.
func Load(path string) (*Policy, error) {
	if path == "" {
		return Default(), nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, step.Misuse("reading the policy: %w", err)
	}
	if info.IsDir() {
		if empty, err := mount.Empty(path); err != nil || empty {
			return Default(), err
		}
		path = filepath.Join(path, "policy.yaml")
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, step.Hint(step.Misuse("reading the policy: %w", err), "the folder holds other files; the policy's name is policy.yaml")
	}
	if err != nil {
		return nil, step.Misuse("reading the policy: %w", err)
	}
	p, err := parse(path, data)
	if err != nil {
		return nil, step.Misuse("%w", err)
	}
	return p, nil
}

// parse reads a policy's text.
func parse(file string, data []byte) (*Policy, error) {
	var doc, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:1: the policy is empty", file)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:%d: one document is wanted, there is a second", file, more.Line)
	}
	p := Default()
	p.File = file
	r := &reader{file: file}
	r.policy(doc.Content[0], p)
	return p, errors.Join(r.errs...)
}
