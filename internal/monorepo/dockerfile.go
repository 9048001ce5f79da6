// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Copied is something that a Dockerfile takes from its build context.
type Copied struct {
	// Source is a path or glob relative to the context; "." is all of it.
	Source string
	// Line is where the instruction begins.
	Line int
}

// ReadDockerfile lists what a Dockerfile takes from its context: the sources
// of COPY and ADD, and bind mounts of RUN. What comes from other stages, other
// images, URLs and here-documents is left out. A source with a variable stands
// for the whole context, for its value is known only in the build.
func ReadDockerfile(data []byte) ([]Copied, error) {
	res, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading the Dockerfile: %w", err)
	}
	var found []Copied
	for _, n := range res.AST.Children {
		switch strings.ToLower(n.Value) {
		case "copy", "add":
			found = append(found, sources(n)...)
		case "run":
			found = append(found, mounts(n)...)
		}
	}
	return found, nil
}

// sources are the words of COPY or ADD but the last, which is the target.
func sources(n *parser.Node) []Copied {
	for _, flag := range n.Flags {
		if strings.HasPrefix(flag, "--from=") {
			return nil
		}
	}
	var found []Copied
	for word := n.Next; word != nil && word.Next != nil; word = word.Next {
		if !strings.HasPrefix(word.Value, "<<") && !isRemote(word.Value) {
			found = append(found, Copied{inContext(word.Value), n.StartLine})
		}
	}
	return found
}

func isRemote(source string) bool {
	return strings.Contains(source, "://") || strings.HasPrefix(source, "git@")
}

// inContext cleans a source; no source leaves its context, whatever dots it has.
func inContext(source string) string {
	if strings.Contains(source, "$") {
		return "."
	}
	source = strings.TrimPrefix(path.Clean("/"+source), "/")
	if source == "" {
		return "."
	}
	return source
}

// mounts are the sources of RUN --mount=type=bind without from; bind is the
// type of a mount that names none.
func mounts(n *parser.Node) []Copied {
	var found []Copied
	for _, flag := range n.Flags {
		options, ok := strings.CutPrefix(flag, "--mount=")
		if !ok {
			continue
		}
		kind, source, other := "bind", ".", false
		for option := range strings.SplitSeq(options, ",") {
			key, value, _ := strings.Cut(option, "=")
			switch key {
			case "type":
				kind = value
			case "source", "src":
				source = inContext(value)
			case "from":
				other = true
			}
		}
		if kind == "bind" && !other {
			found = append(found, Copied{source, n.StartLine})
		}
	}
	return found
}
