// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"strings"
)

// dockerfiles finds what Dockerfiles copy from outside of the services' folders.
type dockerfiles struct{ services []Service }

func newDockerfiles(services []Service) *dockerfiles { return &dockerfiles{services} }

func (d *dockerfiles) next(*known) wants {
	var w wants
	for _, s := range d.services {
		w.files = append(w.files, s.Dockerfile)
	}
	return w
}

func (d *dockerfiles) finish(b *builder) {
	for _, s := range d.services {
		text, _ := b.known.text(s.Dockerfile)
		copied, err := ReadDockerfile(text)
		if err != nil {
			b.fault(s.Dockerfile, err)
			continue
		}
		for _, c := range copied {
			d.copied(b, s, c)
		}
	}
}

func (d *dockerfiles) copied(b *builder, s Service, c Copied) {
	full := path.Join(s.Context, c.Source)
	in := Input{Root: full, Kind: "copy", Place: Place{s.Dockerfile, c.Line}}
	if _, inside := within(s.Path, full); inside {
		return
	}
	if strings.ContainsAny(c.Source, `*?[\`) {
		p, err := ParsePattern("/" + full)
		if err != nil {
			b.fault(s.Dockerfile, err)
			return
		}
		in.Root, in.Pattern = "", &p
	}
	b.input(s.Name, in)
}
