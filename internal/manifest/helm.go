// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// helm is a mapping under `image` that holds a reference in parts, as the values
// of charts write them.
func (w *walker) helm(v *yaml.Node) spot {
	m := resolve(v)
	if repo := lookup(m, "repository"); repo.at != nil && versioned(text(m, "repository")) && text(m, "registry") == "" {
		return inRepository(v, repo)
	}
	s := spot{at: v, tagKey: "tag", read: helmImage, names: helmImage(m)}
	if w.global != "" {
		s.others = append(s.others, w.global+"/"+text(m, "repository"))
	}
	for _, again := range repeated(m, "repository") {
		s.others = append(s.others, strings.TrimPrefix(text(m, "registry")+"/"+again, "/"))
	}
	return s.doubled(m, "repository", "registry", "tag", "digest", "<<")
}

// inRepository is a mapping whose repository holds the tag or digest as well.
func inRepository(v *yaml.Node, repo held) spot {
	m, s := resolve(v), whole(repo.at, "")
	s.in, s.under = repo.in, v
	for _, key := range []string{"tag", "digest"} {
		if h := lookup(m, key); text(m, key) != "" {
			s.flawAt = h.at
			s.flaw = "a " + key + " stands here, and one in the repository too; leave only one"
		}
	}
	return s.doubled(m, "repository", "<<")
}

// versioned tells whether a repository goes on with a tag or a digest.
func versioned(repository string) bool {
	img := split(repository)
	return img.Tag != "" || img.Digest != ""
}

func helmImage(m *yaml.Node) Image {
	img := Image{Repository: text(m, "repository"), Tag: text(m, "tag"), Digest: text(m, "digest")}
	if registry := text(m, "registry"); registry != "" {
		img.Repository = registry + "/" + img.Repository
	}
	return img
}

// siblings is an image without a version whose tag stands beside it, as older
// charts and some custom resources have it.
func siblings(m, v *yaml.Node) (spot, bool) {
	if versioned(resolve(v).Value) {
		return spot{}, false
	}
	for _, key := range []string{"imageTag", "tag"} {
		if tag := lookup(m, key); tag.at != nil && isScalar(tag.at) {
			read := func(m *yaml.Node) Image {
				return Image{Repository: text(m, "image"), Tag: text(m, key), Digest: text(m, "digest")}
			}
			return spot{at: m, tagKey: key, read: read, names: read(m)}.doubled(m, "imageTag", "tag", "digest", "<<"), true
		}
	}
	return spot{}, false
}

// globalRegistry is what charts put before every repository instead of its own registry.
func globalRegistry(root *yaml.Node) string {
	if global := lookup(root, "global").at; global != nil {
		return text(resolve(global), "imageRegistry")
	}
	return ""
}
