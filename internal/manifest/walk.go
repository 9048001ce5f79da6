// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// walker hands out the spots of one document.
type walker struct {
	visit func(spot) error
	// registries are those that a chart's values give for all images.
	registries []string
}

// spots hands out every spot of a document, in the order of its bytes but for a
// kustomization's images, which come first.
func spots(file string, doc *yaml.Node, visit func(spot) error) error {
	if len(doc.Content) == 0 {
		return nil
	}
	root := resolve(doc.Content[0])
	w := &walker{visit: visit, registries: registries(root)}
	for _, item := range kustomizationImages(file, root) {
		if err := visit(kustomizationSpot(item)); err != nil {
			return err
		}
	}
	return w.walk(doc, "")
}

// walk looks at every mapping once; the key is the one above a node. What an
// alias stands for is visited where its anchor is.
func (w *walker) walk(n *yaml.Node, key string) error {
	if n.Kind == yaml.MappingNode {
		if namesNoVersion(n) {
			return nil
		}
		if err := w.mapping(n, key); err != nil {
			return err
		}
	}
	for i, c := range n.Content {
		above := key
		if n.Kind == yaml.MappingNode {
			above = ""
			if i%2 == 1 {
				above = n.Content[i-1].Value
			}
		}
		if err := w.walk(c, above); err != nil {
			return err
		}
	}
	return nil
}

// namesNoVersion knows the files whose `image` is to have none: Flux's resource that
// looks for tags, https://fluxcd.io/flux/components/image/imagerepositories/, and
// Skaffold's, which makes them, https://skaffold.dev/docs/references/yaml/.
func namesNoVersion(m *yaml.Node) bool {
	if own(m, "apiVersion") == nil {
		return false
	}
	group, _, _ := strings.Cut(text(m, "apiVersion"), "/")
	return group == "skaffold" || group == "image.toolkit.fluxcd.io" && text(m, "kind") == "ImageRepository"
}

// mapping looks at the keys that name images.
func (w *walker) mapping(m *yaml.Node, above string) error {
	if above != "image" && hasParts(m) {
		if err := w.visit(w.helm(m)); err != nil {
			return err
		}
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		var err error
		switch {
		case isKey(m.Content[i], "image"):
			err = w.underImage(m, m.Content[i+1])
		case isKey(m.Content[i], "kustomize"):
			err = w.underKustomize(resolve(m.Content[i+1]))
		case isKey(m.Content[i], "helm"):
			err = w.underHelm(resolve(m.Content[i+1]))
		case isKey(m.Content[i], "value") && patchesImage(m):
			err = w.underImage(m, m.Content[i+1])
		case isKey(m.Content[i], "patch"), isKey(m.Content[i], "values"):
			err = w.text(m.Content[i+1])
		case isImageKey(m.Content[i]):
			err = w.underOther(m.Content[i+1])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// patchesImage tells whether a mapping is an operation of a JSON patch on a key
// `image`, https://www.rfc-editor.org/rfc/rfc6902.
func patchesImage(m *yaml.Node) bool {
	return text(m, "op") != "" && text(m, "op") != "remove" && strings.HasSuffix(text(m, "path"), "/image")
}

// isImageKey tells whether a key speaks of images by another name.
func isImageKey(n *yaml.Node) bool {
	key := strings.ToLower(n.Value)
	return strings.HasSuffix(key, "image") || key == "images"
}

// underOther looks at whole references under other keys than `image`, alone or
// in a list, which are not taken for references.
func (w *walker) underOther(v *yaml.Node) error {
	values := []*yaml.Node{v}
	if n := resolve(v); n.Kind == yaml.SequenceNode {
		values = n.Content
	}
	for _, v := range values {
		if !isScalar(v) || !versioned(resolve(v).Value) {
			continue
		}
		s := whole(v, "")
		s.aside = true
		if err := w.visit(s); err != nil {
			return err
		}
	}
	return nil
}

// text looks at a scalar that holds a manifest or values as a text.
func (w *walker) text(v *yaml.Node) error {
	if n := resolve(v); n.Kind == yaml.ScalarNode {
		return w.visit(spot{at: v, inner: n.Value})
	}
	return nil
}

// underImage looks at the value of a key `image`.
func (w *walker) underImage(m, v *yaml.Node) error {
	switch n := resolve(v); n.Kind {
	case yaml.ScalarNode:
		s, ok := siblings(m, v)
		if !ok {
			s = whole(v, "")
		}
		return w.visit(s.doubled(m, "image"))
	case yaml.MappingNode:
		if ref := lookup(n, "reference"); ref.at != nil && isScalar(ref.at) {
			s := whole(ref.at, "")
			s.in, s.under = ref.in, v
			return w.visit(s.doubled(n, "reference", "<<").doubled(m, "image"))
		}
		return w.visit(w.helm(v).doubled(m, "image"))
	}
	return nil
}
