// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// PNPMWorkspace is what a pnpm-workspace.yaml file says
// (https://pnpm.io/pnpm-workspace_yaml).
type PNPMWorkspace struct {
	// Packages are globs of the folders of the project's packages. A file that
	// gives none stands for its own folder alone.
	Packages []string
	// Forced are the specifiers of overrides and the paths of patches.
	Forced []Named
}

// ReadPNPMWorkspace reads a pnpm-workspace.yaml file.
func ReadPNPMWorkspace(data []byte) (*PNPMWorkspace, error) {
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading pnpm-workspace.yaml: %w", err)
	}
	w := &PNPMWorkspace{}
	if len(doc.Content) > 0 && doc.Content[0].Kind != yaml.MappingNode && !isNull(doc.Content[0]) {
		return nil, fmt.Errorf("reading pnpm-workspace.yaml: line %d: want a mapping", doc.Content[0].Line)
	}
	for key, value := range yamlFields(&doc) {
		switch key {
		case "packages":
			for _, word := range yamlWords(value) {
				w.Packages = append(w.Packages, word.Name)
			}
		case "overrides":
			w.Forced = append(w.Forced, yamlWords(value)...)
		case "patchedDependencies":
			w.Forced = append(w.Forced, patches(yamlWords(value))...)
		}
	}
	if w.Packages == nil {
		w.Packages = []string{"."}
	}
	return w, nil
}

// yamlFields are the keys and values of a document's mapping.
func yamlFields(doc *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if len(doc.Content) == 0 {
			return
		}
		fields := doc.Content[0].Content
		for i := 0; i+1 < len(fields); i += 2 {
			if !yield(fields[i].Value, follow(fields[i+1])) {
				return
			}
		}
	}
}

// yamlWords are the words of a list, or the values of a mapping.
func yamlWords(n *yaml.Node) []Named {
	var found []Named
	for i, child := range n.Content {
		if child = follow(child); child.Kind == yaml.ScalarNode && (n.Kind == yaml.SequenceNode || i%2 == 1) {
			found = append(found, Named{child.Value, child.Line})
		}
	}
	return found
}
