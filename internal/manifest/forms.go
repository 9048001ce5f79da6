// SPDX-License-Identifier: Apache-2.0

package manifest

import "go.yaml.in/yaml/v3"

// parts sets the tag and the digest of a reference written in parts. A digest
// wins over a tag in kustomize and in charts, so one that stands there is set
// whatever the form.
func (e entry) parts(m *yaml.Node) error {
	tag, digest := value(m, e.spot.tagKey), value(m, "digest")
	pinned := text(m, "digest") != ""
	if pinned && digest == nil {
		return refuse(e.file, m, "takes its digest from a merge, which is not edited; write a digest of its own")
	}
	if e.want.Form != "" && e.want.Form != ByTag && !pinned {
		return refuse(e.file, m, "has no digest to set; write one there first, or name images by tag")
	}
	if tag == nil && !pinned {
		return refuse(e.file, m, "has no %s to set; write one there first", e.spot.tagKey)
	}
	if pinned {
		if err := e.setDigest(digest); err != nil {
			return err
		}
	}
	if tag != nil && (e.want.Tag != "" || !pinned) {
		return e.setTag(tag)
	}
	return nil
}
