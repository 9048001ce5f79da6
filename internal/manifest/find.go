// SPDX-License-Identifier: Apache-2.0

package manifest

import "go.yaml.in/yaml/v3"

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

// document looks at the spots of one document.
func (f *finder) document(doc *yaml.Node) error {
	return spots(f.file, doc, func(s spot) error {
		switch {
		case s.names.Repository != f.img.Repository:
			return nil
		case s.tagKey == "":
			return f.set(s.at, f.img.Reference())
		}
		f.uses.hit(s.at)
		f.uses.edits(resolve(s.at))
		return f.parts(resolve(s.at), s.tagKey)
	})
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
