// SPDX-License-Identifier: Apache-2.0

package manifest

import "strings"

// marked sets the values that are marked for a wanted service.
func (f *finder) marked() error {
	for _, m := range f.marks.list {
		for _, w := range f.wants {
			if m.flaw != "" && w.Service != "" && Mentions([]byte(m.service), w.Service) {
				return refuse(f.file, m.at, "%s", m.flaw)
			}
			if m.flaw != "" || m.service != w.Service {
				continue
			}
			e := entry{f, spot{at: m.at, names: m.names()}, w}
			// Wherever an anchor carries it, a marked value means what its marker says.
			if err := e.set(held{at: m.at}, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// names is the image as far as the marked value tells.
func (m *mark) names() Image {
	text := strings.TrimSpace(resolve(m.at).Value)
	switch m.part {
	case "tag":
		tag, digest, _ := strings.Cut(text, "@")
		return Image{Tag: tag, Digest: digest}
	case "digest":
		return Image{Digest: text}
	case "name":
		return Image{Repository: text}
	}
	return split(text)
}

// byMark is what a marked value should become.
func (e entry) byMark(m *mark) (string, error) {
	was, w := m.names(), e.want
	switch {
	case m.part == "name":
		return e.name(m)
	case m.part == "":
		return w.Reference(), nil
	case m.part == "tag" && w.Tag == "":
		return "", refuse(e.file, m.at, "is marked as a tag, and %s has none", w.Reference())
	case (m.part == "digest" || was.Digest != "") && w.Digest == "":
		return "", refuse(e.file, m.at, "pins a digest, and the digest of %s is not known", w.Reference())
	case m.part == "digest":
		return w.Digest, nil
	case was.Digest != "":
		return w.Tag + "@" + w.Digest, nil
	}
	return w.Tag, nil
}

// name is the repository, without a registry that stands beside it.
func (e entry) name(m *mark) (string, error) {
	if m.in == nil || m.key != "repository" {
		return e.want.Repository, nil
	}
	registry := text(m.in, "registry")
	if registry == "" {
		return e.want.Repository, nil
	}
	rest, ok := strings.CutPrefix(e.want.Repository, registry+"/")
	if !ok {
		return "", refuse(e.file, m.at, "the registry %s stands beside this repository, and %s is not in it", registry, e.want.Repository)
	}
	return rest, nil
}
