// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/internal/yamlfault"
)

// Parse reads adze.yaml. Its errors are *Error, joined when there are several.
func Parse(file string, data []byte) (*Config, error) {
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &Error{File: file, Line: 1, Column: 1, Message: "the file is empty"}
		}
		return nil, syntaxError(file, data, dec, err)
	}
	if err := dec.Decode(&more); err == nil {
		return nil, &Error{File: file, Line: more.Line, Column: more.Column, Message: "one document is wanted, there is a second"}
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(file, data, dec, err)
	}
	c := &Config{File: file, Derive: Derivable(), Lines: map[string]int{}, columns: map[spot]int{}}
	r := &reader{file: file, lines: c.Lines, columns: c.columns}
	readMapping(r, doc.Content[0], configFields(), c)
	if c.Discover == nil && c.List == nil {
		c.Discover = Default().Discover
	}
	return c, errors.Join(r.errs...)
}

func syntaxError(file string, data []byte, dec *yaml.Decoder, err error) error {
	f := yamlfault.Of(data, dec, err)
	return &Error{File: file, Line: f.Line, Column: f.Column, Message: f.Reason}
}
