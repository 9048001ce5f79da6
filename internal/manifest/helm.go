// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// helm is a mapping under `image` that holds a reference in parts, as the values
// of charts write them.
func (w *walker) helm(v *yaml.Node) spot {
	m := resolve(v)
	for _, key := range []string{"repository", "name"} {
		if versioned(text(m, key)) && text(m, "registry") == "" {
			return inOne(v, lookup(m, key))
		}
	}
	s := spot{at: v, tagKey: "tag", read: helmImage, names: helmImage(m)}
	for _, registry := range w.registries {
		s.others = append(s.others, registry+"/"+helmName(m))
	}
	for _, again := range append(repeated(m, "repository"), repeated(m, "name")...) {
		s.others = append(s.others, inRegistry(m, again))
	}
	return s.doubled(m, "repository", "name", "registry", "tag", "digest", "sha", "sha256", "<<")
}

// hasParts tells whether a mapping holds a repository and a version of it.
func hasParts(m *yaml.Node) bool {
	return text(m, "repository") != "" && (lookup(m, "tag").at != nil || len(pins(m)) > 0)
}

// inOne is a mapping whose repository or name holds the tag or digest as well.
func inOne(v *yaml.Node, name held) spot {
	m, s := resolve(v), whole(name.at, "")
	s.in, s.under = name.in, v
	versions := pins(m)
	if text(m, "tag") != "" {
		versions = append(versions, lookup(m, "tag"))
	}
	for _, h := range versions {
		s.flawAt, s.flaw = h.at, "a "+h.key()+" stands here, and a version in the "+name.key()+" too; leave only one"
	}
	return s.doubled(m, "repository", "name", "<<")
}

// versioned tells whether a repository goes on with a tag or a digest.
func versioned(repository string) bool {
	img := split(repository)
	return img.Tag != "" || img.Digest != ""
}

// helmName is what stands for the repository, without a registry that has a key
// of its own. Beside a name there must be a version, for much has a name.
func helmName(m *yaml.Node) string {
	if repository := text(m, "repository"); repository != "" {
		return repository
	}
	if lookup(m, "tag").at == nil && len(pins(m)) == 0 {
		return ""
	}
	return text(m, "name")
}

func helmImage(m *yaml.Node) Image {
	return Image{Repository: inRegistry(m, helmName(m)), Tag: text(m, "tag"), Digest: pinned(m)}
}

// inRegistry puts the registry that stands in a mapping before a repository.
func inRegistry(m *yaml.Node, repository string) string {
	return strings.TrimPrefix(text(m, "registry")+"/"+repository, "/")
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
				return Image{Repository: inRegistry(m, text(m, "image")), Tag: text(m, key), Digest: pinned(m)}
			}
			s := spot{at: m, tagKey: key, read: read, names: read(m), others: []string{text(m, "image")}}
			return s.doubled(m, "imageTag", "tag", "digest", "sha", "sha256", "<<"), true
		}
	}
	return spot{}, false
}

// registries are what charts put before every repository instead of its own
// registry, by the names that values have for it.
func registries(root *yaml.Node) []string {
	global := lookup(root, "global").at
	if global == nil {
		return nil
	}
	all := []string{text(resolve(global), "imageRegistry"), text(resolve(global), "registry")}
	if image := lookup(resolve(global), "image").at; image != nil {
		all = append(all, text(resolve(image), "registry"))
	}
	return slices.DeleteFunc(all, func(registry string) bool { return registry == "" })
}
