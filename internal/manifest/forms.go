// SPDX-License-Identifier: Apache-2.0

package manifest

import "go.yaml.in/yaml/v3"

// parts sets the tag and the digest of a reference written in parts. A digest
// wins over a tag in kustomize and in charts, so one that stands there is set
// whatever the form.
func (f *finder) parts(m *yaml.Node, tagKey string) error {
	tag, digest := value(m, tagKey), value(m, "digest")
	pinned := text(m, "digest") != ""
	if f.img.Form != "" && f.img.Form != ByTag && !pinned {
		return refuse(f.file, m, "has no digest to set; write one there first, or name images by tag")
	}
	if tag == nil && !pinned {
		return refuse(f.file, m, "has no %s to set; write one there first", tagKey)
	}
	if pinned {
		if err := f.setDigest(digest); err != nil {
			return err
		}
	}
	if tag != nil && (f.img.Tag != "" || !pinned) {
		return f.setTag(tag)
	}
	return nil
}
