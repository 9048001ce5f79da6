// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// kustomizationImages lists the items of `images[]`, in kustomize's own file,
// https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/,
// and in Flux's resource of the same name, which has them in its spec.
func kustomizationImages(file string, root *yaml.Node) []*yaml.Node {
	group, _, _ := strings.Cut(text(root, "apiVersion"), "/")
	kind := text(root, "kind")
	holder := root
	switch {
	case group == "kustomize.toolkit.fluxcd.io" && kind == "Kustomization":
		spec := lookup(root, "spec").at
		if spec == nil {
			return nil
		}
		holder = resolve(spec)
	case group == "kustomize.config.k8s.io" && (kind == "Kustomization" || kind == "Component"):
	case isKustomizationFile(file):
	default:
		return nil
	}
	return items(holder, "images")
}

// isKustomizationFile knows the names under which kustomize looks for a file,
// which then needs no kind.
func isKustomizationFile(file string) bool {
	switch path.Base(file) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	return false
}

func kustomizationSpot(item *yaml.Node) spot {
	m := resolve(item)
	s := spot{at: item, tagKey: "newTag", read: kustomizationImage, names: kustomizationImage(m)}
	s.others = append(repeated(m, "name"), repeated(m, "newName")...)
	return s.doubled(m, "name", "newName", "newTag", "digest", "<<")
}

func kustomizationImage(m *yaml.Node) Image {
	img := Image{Repository: text(m, "newName"), Tag: text(m, "newTag"), Digest: pinned(m)}
	if img.Repository == "" {
		img.Repository = text(m, "name")
	}
	return img
}
