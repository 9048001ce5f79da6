// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/adze-ci/adze/internal/step"
)

// instruction is one line of a Dockerfile, its continuations included.
type instruction struct {
	file string
	line int
	text string
	// stage counts the FROM lines before, from 0; -1 above the first.
	stage int
}

// readDockerfile lists a Dockerfile's instructions, as the executor's own
// parser sees them.
func readDockerfile(path string) ([]instruction, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, step.Hint(step.Misuse("reading the Dockerfile: %w", err), "--dockerfile is relative to the context")
	}
	parsed, err := parser.Parse(bytes.NewReader(raw))
	if err != nil {
		return nil, step.Misuse("%s: %w", path, errors.Unwrap(err))
	}
	var all []instruction
	stage := -1
	for _, node := range parsed.AST.Children {
		if strings.EqualFold(node.Value, "from") {
			stage++
		}
		all = append(all, instruction{filepath.Base(path), node.StartLine, node.Original, stage})
	}
	if stage < 0 {
		return nil, step.Misuse("%s has no FROM", path)
	}
	return all, nil
}
