// SPDX-License-Identifier: Apache-2.0

// Package result hands a step's answers to whoever started it, one file each.
//
// A step declares its results as path flags; the caller says where each one
// goes, for example `--result-any=$(results.any.path)` in a Tekton Task. A
// result whose path was not given is not written. Before anything is written,
// all results together are measured as Tekton will carry them, compressed or
// not, and refused when they do not fit: a truncated answer is worse than none.
package result

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Value is one declared result.
type Value struct {
	// Name is the result's name in Tekton, for example IMAGE_DIGEST.
	Name string
	// Usage says in one line what the result holds.
	Usage string
	// Array tells whether the result is a list of strings, which Tekton reads as JSON.
	Array bool

	path  string
	value string
	set   bool
}

// Flag is the name of the flag that takes the result's path.
func (v *Value) Flag() string {
	return "result-" + strings.ReplaceAll(strings.ToLower(v.Name), "_", "-")
}

// Path points at where the flag's value is stored.
func (v *Value) Path() *string { return &v.path }

// Set gives a string result its value.
func (v *Value) Set(s string) { v.value, v.set = s, true }

// SetArray gives an array result its values; none make the empty list.
func (v *Value) SetArray(items []string) {
	if items == nil {
		items = []string{}
	}
	b, err := json.Marshal(items)
	if err != nil { // strings always marshal
		panic(err)
	}
	v.value, v.set = string(b), true
}

// Unset takes the value back: the result is not written.
func (v *Value) Unset() { v.value, v.set = "", false }

// Set is all that one step declares.
type Set struct {
	values []*Value
}

// Add declares a result.
func (s *Set) Add(name, usage string, array bool) *Value {
	v := &Value{Name: name, Usage: usage, Array: array}
	s.values = append(s.values, v)
	return v
}

// Values lists what was declared, in order.
func (s *Set) Values() []*Value { return s.values }

// Fit tells whether Tekton can carry what is set so far, with ErrTooLarge where
// it cannot. A step whose work cannot be taken back asks before it begins.
func (s *Set) Fit() error { return here().fits(s.due()) }

// here is how the results of this process are carried.
func here() carrier { return findCarrier(os.DirFS("/"), os.Getppid()) }

// Write stores every result that has both a value and a path. It writes
// nothing when Tekton cannot carry them, with ErrTooLarge.
func (s *Set) Write() error {
	out := s.due()
	if err := here().fits(out); err != nil {
		return err
	}
	for _, v := range out {
		if err := writeFile(v.path, v.value); err != nil {
			return fmt.Errorf("writing result %s: %w", v.Name, err)
		}
	}
	return nil
}

// due are the results that have both a value and a path.
func (s *Set) due() []*Value {
	var out []*Value
	for _, v := range s.values {
		if v.set && v.path != "" {
			out = append(out, v)
		}
	}
	return out
}

// writeFile replaces the content of path. Tekton's results folder is one that
// a step of another user made, so the file is written in place, not renamed over.
func writeFile(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644) //nolint:gosec // other steps of the pod read it as another user
}
