// SPDX-License-Identifier: Apache-2.0

package edit

import "go.yaml.in/yaml/v3"

// kustomization looks at `images[]`, https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/.
func (f *finder) kustomization(images *yaml.Node) error {
	if images == nil {
		return nil
	}
	for _, item := range resolve(images).Content {
		entry := resolve(item)
		repository := text(entry, "newName")
		if repository == "" {
			repository = text(entry, "name")
		}
		if repository != f.img.Repository {
			continue
		}
		if err := f.parts(entry, "newTag"); err != nil {
			return err
		}
	}
	return nil
}

// helm looks at a mapping under `image` that holds a reference in parts.
func (f *finder) helm(m *yaml.Node) error {
	repository := text(m, "repository")
	if registry := text(m, "registry"); registry != "" {
		repository = registry + "/" + repository
	}
	if repository != f.img.Repository {
		return nil
	}
	f.uses.edits(m)
	return f.parts(m, "tag")
}

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
