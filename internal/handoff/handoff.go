// SPDX-License-Identifier: Apache-2.0

// Package handoff writes and reads the files by which the steps of a Pod hand on
// what they found.
package handoff

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Write makes or replaces a file with the content as JSON, of limit bytes at most.
// The steps after it run as others, so that everybody may read it: it may hold no
// secret.
func Write(file string, limit int, content any) error {
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	if data = append(data, '\n'); len(data) > limit {
		return fmt.Errorf("%d bytes are more than %d", len(data), limit)
	}
	return os.WriteFile(file, data, 0o644) //nolint:gosec // others read it
}

// Read reads such a file strictly: more than limit bytes, a field that the content
// has not, or a second document is an error.
func Read(file string, limit int, content any) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return err
	}
	if len(data) > limit {
		return fmt.Errorf("it has more than %d bytes", limit)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(content); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows after its end")
	}
	return nil
}
