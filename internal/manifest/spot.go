// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// spot is a place that names an image.
type spot struct {
	// at is a scalar with a whole reference, or a mapping with its parts; an
	// alias stands for what it names.
	at *yaml.Node
	// tagKey is the key of a mapping's tag; empty where at is a scalar.
	tagKey string
	// names is the image as it is written there.
	names Image
}

// spots hands out every spot of a document, in the order of its bytes but for a
// kustomization's images, which come first.
func spots(file string, doc *yaml.Node, visit func(spot) error) error {
	if isKustomization(file, doc) {
		if err := kustomization(value(doc.Content[0], "images"), visit); err != nil {
			return err
		}
	}
	return walk(doc, visit)
}

// walk looks at every mapping once. What an alias stands for is visited where its anchor is.
func walk(n *yaml.Node, visit func(spot) error) error {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value != "image" || n.Content[i].Kind != yaml.ScalarNode {
				continue
			}
			if err := underImage(n.Content[i+1], visit); err != nil {
				return err
			}
		}
	}
	for _, c := range n.Content {
		if err := walk(c, visit); err != nil {
			return err
		}
	}
	return nil
}

// underImage looks at the value of a key `image`.
func underImage(v *yaml.Node, visit func(spot) error) error {
	switch n := resolve(v); n.Kind {
	case yaml.ScalarNode:
		return visit(whole(v))
	case yaml.MappingNode:
		if ref := value(n, "reference"); ref != nil && resolve(ref).Kind == yaml.ScalarNode {
			return visit(whole(ref))
		}
		return visit(helm(v))
	}
	return nil
}

// whole is a scalar that holds a whole reference.
func whole(v *yaml.Node) spot {
	return spot{at: v, names: split(strings.TrimSpace(resolve(v).Value))}
}

// helm is a mapping under `image` that holds a reference in parts.
func helm(v *yaml.Node) spot {
	m := resolve(v)
	img := Image{Repository: text(m, "repository"), Tag: text(m, "tag"), Digest: text(m, "digest")}
	if registry := text(m, "registry"); registry != "" {
		img.Repository = registry + "/" + img.Repository
	}
	return spot{v, "tag", img}
}

// kustomization looks at `images[]`, https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/.
func kustomization(images *yaml.Node, visit func(spot) error) error {
	if images == nil {
		return nil
	}
	for _, item := range resolve(images).Content {
		m := resolve(item)
		img := Image{Repository: text(m, "newName"), Tag: text(m, "newTag"), Digest: text(m, "digest")}
		if img.Repository == "" {
			img.Repository = text(m, "name")
		}
		if err := visit(spot{item, "newTag", img}); err != nil {
			return err
		}
	}
	return nil
}

// isKustomization follows kustomize: the file's name, or the kind.
func isKustomization(file string, doc *yaml.Node) bool {
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return false
	}
	switch path.Base(file) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	root := doc.Content[0]
	group, _, _ := strings.Cut(text(root, "apiVersion"), "/")
	return group == "kustomize.config.k8s.io" && (text(root, "kind") == "Kustomization" || text(root, "kind") == "Component")
}
