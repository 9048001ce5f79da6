// SPDX-License-Identifier: Apache-2.0

package edit

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// parse reads every document of a file.
func parse(name string, src []byte) ([]*yaml.Node, error) {
	var docs []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(src))
	for {
		doc := new(yaml.Node)
		err := dec.Decode(doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, parseError(name, err)
		}
		docs = append(docs, doc)
	}
}

var errorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// parseError takes the line out of the parser's message; it knows no column.
func parseError(name string, err error) error {
	m := errorLine.FindStringSubmatch(err.Error())
	if m == nil {
		return &Refusal{File: name, Line: 1, Reason: "cannot be parsed: " + err.Error()}
	}
	line, convErr := strconv.Atoi(m[1])
	if convErr != nil {
		line = 1
	}
	return &Refusal{File: name, Line: line, Reason: "cannot be parsed: " + m[2]}
}
