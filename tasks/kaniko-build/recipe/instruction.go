// SPDX-License-Identifier: Apache-2.0

package recipe

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/adze-ci/adze/internal/step"
)

// Instruction is one instruction of a Dockerfile, its continuation lines included.
type Instruction struct {
	// File is the Dockerfile's name, Line where the instruction begins.
	File string
	Line int
	Text string
	// Stage counts the FROM lines before, from 0; -1 above the first.
	Stage int
}

// String is an instruction with its place, shortened.
func (i Instruction) String() string {
	text := strings.Join(strings.Fields(i.Text), " ")
	if runes := []rune(text); len(runes) > 120 {
		text = string(runes[:119]) + "…"
	}
	return fmt.Sprintf("%s:%d %s", i.File, i.Line, text)
}

// Instructions lists a Dockerfile's instructions, as the executor's own parser
// sees them. A file that cannot be read, or has no FROM, is a misuse.
func (r *Recipe) Instructions() ([]Instruction, error) {
	raw, err := r.Read()
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(bytes.NewReader(raw))
	if err != nil {
		return nil, step.Misuse("%s: %w", r.Dockerfile, errors.Unwrap(err))
	}
	var all []Instruction
	stage := -1
	for _, node := range parsed.AST.Children {
		if strings.EqualFold(node.Value, "from") {
			stage++
		}
		all = append(all, Instruction{filepath.Base(r.Dockerfile), node.StartLine, node.Original, stage})
	}
	if stage < 0 {
		return nil, step.Misuse("%s has no FROM", r.Dockerfile)
	}
	return all, nil
}

// Read reads the Dockerfile.
func (r *Recipe) Read() ([]byte, error) {
	raw, err := os.ReadFile(r.Dockerfile)
	if err != nil {
		return nil, step.Hint(step.Misuse("reading the Dockerfile: %w", err), "--dockerfile is relative to the context")
	}
	return raw, nil
}
