// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// Parse reads adze.yaml. Its errors are *Error, joined when there are several.
func Parse(file string, data []byte) (*Config, error) {
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &Error{File: file, Line: 1, Column: 1, Message: "the file is empty"}
		}
		return nil, syntaxError(file, err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, &Error{File: file, Line: max(more.Line, 1), Column: 1, Message: "one document is wanted, there is a second"}
	}
	c := &Config{File: file, Derive: Derivable(), Lines: map[string]int{}, columns: map[spot]int{}}
	r := &reader{file: file, lines: c.Lines, columns: c.columns}
	readMapping(r, doc.Content[0], configFields(), c)
	if c.Discover == nil && c.List == nil {
		c.Discover = Default().Discover
	}
	return c, errors.Join(r.errs...)
}

func syntaxError(file string, err error) error {
	m := regexp.MustCompile(`line (\d+): (.*)`).FindStringSubmatch(err.Error())
	if m == nil {
		return &Error{File: file, Line: 1, Column: 1, Message: err.Error()}
	}
	e := &Error{File: file, Line: 1, Column: 1, Message: m[2]}
	if _, scanErr := fmt.Sscan(m[1], &e.Line); scanErr != nil {
		e.Message = err.Error()
	}
	return e
}
