// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// parts sets the tag and the digest of a reference written in parts. A digest
// wins over a tag in kustomize and in charts, so one that stands there is set
// whatever the form; some charts have it behind the tag.
func (e entry) parts(m *yaml.Node) error {
	tag, pins := lookup(m, e.spot.tagKey), pins(m)
	if empty := lookup(m, pinKeys[0]); len(pins) == 0 && e.marks.of(empty.at) != nil {
		pins = []held{empty}
	}
	pinned := len(pins) > 0
	both := strings.Contains(text(m, e.spot.tagKey), "@")
	switch {
	case e.want.pins() && !pinned && !both && e.marks.of(tag.at) == nil:
		return refuse(e.file, m, "has no digest to set; write one there first, or name images by tag")
	case tag.at == nil && !pinned:
		return refuse(e.file, m, "has no %s to set; write one there first", e.spot.tagKey)
	}
	for _, pin := range pins {
		if err := e.setDigest(pin); err != nil {
			return err
		}
	}
	switch {
	case tag.at == nil, e.want.Tag == "" && pinned:
		return nil
	case both:
		return e.setBoth(tag)
	}
	return e.setTag(tag)
}

// pins tells whether the form names a digest.
func (w Want) pins() bool { return w.Form == ByDigest || w.Form == ByTagAndDigest }

// setDigest makes a scalar that pins a digest a target, when the digest is known.
func (e entry) setDigest(h held) error {
	if e.want.Digest == "" {
		return refuse(e.file, h.at, "pins a digest, and the digest of %s is not known", e.want.Reference())
	}
	if bare, ok := strings.CutPrefix(e.want.Digest, bareAlgorithm); ok && bareDigest.MatchString(resolve(h.at).Value) {
		return e.set(h, bare)
	}
	return e.set(h, e.want.Digest)
}

// setTag makes a scalar that names a tag a target.
func (e entry) setTag(h held) error {
	if e.want.Tag == "" {
		return refuse(e.file, h.at, "names a tag, and %s has none", e.want.Reference())
	}
	return e.set(h, e.want.Tag)
}

// setBoth makes a scalar that names a tag and pins a digest a target.
func (e entry) setBoth(h held) error {
	if e.want.Tag == "" || e.want.Digest == "" {
		return refuse(e.file, h.at, "names a tag and pins a digest, and of %s not both are known", e.want.Reference())
	}
	return e.set(h, e.want.Tag+"@"+e.want.Digest)
}
