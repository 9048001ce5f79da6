// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// underKustomize looks at the images that an Argo CD Application overrides,
// each written [NAME=]REFERENCE,
// https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/.
func (w *walker) underKustomize(m *yaml.Node) error {
	for _, item := range items(m, "images") {
		if !isScalar(item) {
			continue
		}
		name, _, renamed := strings.Cut(strings.TrimSpace(resolve(item).Value), "=")
		prefix := ""
		if renamed {
			prefix = name + "="
		}
		if err := w.visit(whole(item, prefix)); err != nil {
			return err
		}
	}
	return nil
}

// underHelm looks at the parameters of an Argo CD Application, each a path in the
// chart's values and its value,
// https://argo-cd.readthedocs.io/en/stable/user-guide/helm/.
func (w *walker) underHelm(m *yaml.Node) error {
	images := map[string]*yaml.Node{}
	var paths []string
	for _, item := range items(m, "parameters") {
		path, value := text(resolve(item), "name"), lookup(resolve(item), "value").at
		if value == nil || !isScalar(value) {
			continue
		}
		above, key := "", path
		if dot := strings.LastIndexByte(path, '.'); dot >= 0 {
			above, key = path[:dot], path[dot+1:]
		}
		if key == "image" {
			if err := w.visit(whole(value, "")); err != nil {
				return err
			}
			continue
		}
		if images[above] == nil {
			images[above] = &yaml.Node{Kind: yaml.MappingNode, Line: item.Line, Column: item.Column}
			paths = append(paths, above)
		}
		name := &yaml.Node{Kind: yaml.ScalarNode, Value: key, Line: item.Line, Column: item.Column}
		images[above].Content = append(images[above].Content, name, value)
	}
	for _, path := range paths {
		if err := w.visit(w.helm(images[path])); err != nil {
			return err
		}
	}
	return nil
}

// items are those of a mapping's list, none where it has no such list.
func items(m *yaml.Node, key string) []*yaml.Node {
	list := lookup(m, key).at
	if list == nil || resolve(list).Kind != yaml.SequenceNode {
		return nil
	}
	return resolve(list).Content
}
