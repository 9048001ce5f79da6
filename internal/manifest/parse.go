// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"sort"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// parse reads every document of a file.
func parse(name string, src []byte) ([]*yaml.Node, error) {
	docs, err := decode(src)
	if err != nil {
		return nil, parseError(name, src, err)
	}
	return docs, nil
}

func decode(src []byte) ([]*yaml.Node, error) {
	var docs []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(src))
	for {
		doc := new(yaml.Node)
		err := dec.Decode(doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
}

var errorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// parseError names the line of a fault. The parser knows no column.
func parseError(name string, src []byte, err error) error {
	m := errorLine.FindStringSubmatch(err.Error())
	if m == nil {
		return &Refusal{File: name, Line: 1, Reason: "cannot be parsed: " + err.Error()}
	}
	line, convErr := strconv.Atoi(m[1])
	if convErr != nil || structural(m[2]) {
		line = firstFault(src, err)
	}
	return &Refusal{File: name, Line: line, Reason: "cannot be parsed: " + m[2]}
}

// structural knows the faults for which the parser's line is one too small, or
// that of the beginning of the whole block.
func structural(message string) bool {
	switch message {
	case "did not find expected key", "did not find expected node content", "did not find expected '-' indicator",
		"did not find expected <document start>", "did not find expected ',' or ']'", "did not find expected ',' or '}'":
		return true
	}
	return false
}

// firstFault is the line up to which a file must be read for the same error.
func firstFault(src []byte, err error) int {
	lines := bytes.SplitAfter(src, []byte("\n"))
	return 1 + sort.Search(len(lines)-1, func(n int) bool {
		_, cut := decode(bytes.Join(lines[:n+1], nil))
		return cut != nil && cut.Error() == err.Error()
	})
}
