// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/internal/mount"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// policy says which findings refuse an image.
type policy struct {
	file string
	// Severity is the least that refuses.
	Severity finding.Severity
	// OnlyFixed lets findings pass that have no fix.
	OnlyFixed bool
	Ignore    []exception
}

// exception lets one finding pass for a time.
type exception struct {
	ID, Package, Reason string
	// Expires is the last day on which it holds, in UTC.
	Expires time.Time
	Line    int
}

// defaultPolicy refuses what is serious and can be mended by an update. What
// nobody has fixed would only hold up every push.
func defaultPolicy() *policy { return &policy{Severity: finding.High, OnlyFixed: true} }

func (p *policy) String() string {
	text := fmt.Sprintf("refuse %s and worse", p.Severity)
	if p.OnlyFixed {
		text += " that have a fix"
	}
	if p.file == "" {
		return text + " (the default)"
	}
	return text + " (" + p.file + ")"
}

// loadPolicy reads a policy file. An empty folder, which is how an optional
// ConfigMap that does not exist is mounted, means the default.
func loadPolicy(path string) (*policy, error) {
	if path == "" {
		return defaultPolicy(), nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, step.Misuse("reading the policy: %w", err)
	}
	if info.IsDir() {
		if empty, err := mount.Empty(path); err != nil || empty {
			return defaultPolicy(), err
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
	p, err := parsePolicy(path, data)
	if err != nil {
		return nil, step.Misuse("%w", err)
	}
	return p, nil
}

// parsePolicy reads a policy strictly: what is not understood is an error with
// its line, for a policy that is half read lets through what it should not.
func parsePolicy(file string, data []byte) (*policy, error) {
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
	p := defaultPolicy()
	p.file = file
	r := &policyReader{file: file}
	r.policy(doc.Content[0], p)
	return p, errors.Join(r.errs...)
}
