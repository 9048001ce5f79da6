// SPDX-License-Identifier: Apache-2.0

package edit

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// target is a scalar and the value that it should have.
type target struct {
	node *yaml.Node
	want string
}

// finder collects the targets of one document.
type finder struct {
	file    string
	img     Image
	targets []target
	uses    *uses
}

// find collects the targets of all documents, each scalar once.
func find(file string, docs []*yaml.Node, img Image) ([]target, error) {
	var all []target
	for _, doc := range docs {
		f := &finder{file: file, img: img, uses: newUses(doc)}
		if err := f.document(doc); err != nil {
			return nil, err
		}
		if err := f.uses.check(file); err != nil {
			return nil, err
		}
		all = append(all, f.targets...)
	}
	return all, nil
}

func (f *finder) document(doc *yaml.Node) error {
	if isKustomization(f.file, doc) {
		if err := f.kustomization(value(doc.Content[0], "images")); err != nil {
			return err
		}
	}
	return f.walk(doc)
}

// walk visits every mapping once. What an alias stands for is visited where its anchor is.
func (f *finder) walk(n *yaml.Node) error {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value != "image" || n.Content[i].Kind != yaml.ScalarNode {
				continue
			}
			if err := f.image(n.Content[i+1]); err != nil {
				return err
			}
		}
	}
	for _, c := range n.Content {
		if err := f.walk(c); err != nil {
			return err
		}
	}
	return nil
}

// image looks at the value of a key `image`.
func (f *finder) image(v *yaml.Node) error {
	switch n := resolve(v); n.Kind {
	case yaml.ScalarNode:
		return f.reference(v)
	case yaml.MappingNode:
		f.uses.hit(v)
		if ref := value(n, "reference"); ref != nil && resolve(ref).Kind == yaml.ScalarNode {
			return f.reference(ref)
		}
		return f.helm(n)
	}
	return nil
}

// reference looks at a scalar that holds a whole reference.
func (f *finder) reference(v *yaml.Node) error {
	if split(strings.TrimSpace(resolve(v).Value)).Repository != f.img.Repository {
		return nil
	}
	return f.set(v, f.img.Reference())
}

// set makes a scalar, or the one that an alias stands for, a target.
func (f *finder) set(v *yaml.Node, want string) error {
	f.uses.hit(v)
	n := resolve(v)
	f.uses.edits(n)
	for _, t := range f.targets {
		if t.node == n && t.want != want {
			return refuse(f.file, v, "the anchor at line %d would have to become both %s and %s", n.Line, t.want, want)
		}
		if t.node == n {
			return nil
		}
	}
	f.targets = append(f.targets, target{n, want})
	return nil
}

// setDigest makes a scalar that pins a digest a target, when the digest is known.
func (f *finder) setDigest(v *yaml.Node) error {
	if f.img.Digest == "" {
		return refuse(f.file, v, "pins a digest, and the digest of %s is not known", f.img.Reference())
	}
	return f.set(v, f.img.Digest)
}

// setTag makes a scalar that names a tag a target.
func (f *finder) setTag(v *yaml.Node) error {
	if f.img.Tag == "" {
		return refuse(f.file, v, "names a tag, and %s has none", f.img.Reference())
	}
	return f.set(v, f.img.Tag)
}

// value is the value of a mapping's key, nil when there is none.
func value(m *yaml.Node, key string) *yaml.Node {
	if m.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

// text is the text of a mapping's scalar, its own or merged into it, empty
// when there is none.
func text(m *yaml.Node, key string) string {
	v := value(m, key)
	if v == nil {
		return merged(m, key)
	}
	if resolve(v).Kind != yaml.ScalarNode || resolve(v).ShortTag() == "!!null" {
		return ""
	}
	return strings.TrimSpace(resolve(v).Value)
}

// merged looks a key up in what `<<` names: a mapping, or a list in which the first wins.
func merged(m *yaml.Node, key string) string {
	from := value(m, "<<")
	if from == nil {
		return ""
	}
	sources := []*yaml.Node{resolve(from)}
	if sources[0].Kind == yaml.SequenceNode {
		sources = sources[0].Content
	}
	for _, s := range sources {
		if v := value(resolve(s), key); v != nil && resolve(v).Kind == yaml.ScalarNode {
			return strings.TrimSpace(resolve(v).Value)
		}
	}
	return ""
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
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
