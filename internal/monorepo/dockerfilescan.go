// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"strings"
)

// dockerfiles finds what Dockerfiles copy from outside of the services' folders,
// and whose images they use.
type dockerfiles struct {
	services []Service
	// read holds what was read, by service, and faults why something could not be.
	read   map[string]Dockerfile
	faults map[string]error
}

func newDockerfiles(services []Service) *dockerfiles {
	return &dockerfiles{services, map[string]Dockerfile{}, map[string]error{}}
}

// next wants the Dockerfiles, also those that are symlinks to another, and reads
// those that came.
func (d *dockerfiles) next(k *known) wants {
	var w wants
	for _, s := range d.services {
		w.files = append(w.files, s.Dockerfile)
		w.files = append(w.files, ignoreFiles(s)...)
		if real, ok := k.real(s.Dockerfile, &w); ok {
			w.files = append(w.files, real)
			if k.read(real) {
				d.parse(s, real, k)
			}
		}
	}
	return w
}

func (d *dockerfiles) finish(b *builder) {
	for _, s := range d.services {
		d.found(b, s)
	}
	images := newImages(d.services)
	for _, s := range d.services {
		except := d.ignored(b, s)
		d.copied(b, s, s.Dockerfile, d.read[s.Name].Copied, except)
		for _, ref := range d.read[s.Name].Images {
			for _, base := range images.named(ref) {
				d.uses(b, s, base, ref, except)
			}
		}
	}
}

// parse reads a service's Dockerfile, once; one that is not there is a fault.
func (d *dockerfiles) parse(s Service, real string, k *known) {
	if _, done := d.read[s.Name]; done {
		return
	}
	text, _ := k.text(real)
	var err error
	if d.read[s.Name], err = ReadDockerfile(text, s.BuildArgs); err != nil {
		d.faults[s.Name] = err
	}
}

// found tells what came of a service's Dockerfile itself.
func (d *dockerfiles) found(b *builder, s Service) {
	real, _ := b.known.real(s.Dockerfile, &wants{})
	if _, own := within(s.Path, real); real != s.Dockerfile && !own {
		b.input(s.Name, Input{Root: real, Kind: "dockerfile", Place: Place{File: s.Dockerfile}})
	}
	d.parse(s, real, b.known) // where links lead nowhere, next did not
	if err := d.faults[s.Name]; err != nil {
		b.fault(s.Dockerfile, err)
	}
}

// ignored is what .dockerignore takes out of a service's context; nil for nothing.
func (d *dockerfiles) ignored(b *builder, s Service) Matcher {
	for _, file := range ignoreFiles(s) {
		text, there := b.known.text(file)
		if !there {
			continue
		}
		except, err := ReadDockerignore(s.Context, text)
		if err != nil {
			b.fault(file, err)
		}
		return except
	}
	return nil
}

// uses adds the edge to a service whose image a Dockerfile names. What that
// image takes with ONBUILD comes from the context of the one that uses it.
func (d *dockerfiles) uses(b *builder, s, base Service, ref ImageRef, except Matcher) {
	if base.Name == s.Name {
		return
	}
	b.edge(Edge{s.Name, base.Name, "from", Place{s.Dockerfile, ref.Line}})
	if ref.Base {
		d.copied(b, s, base.Dockerfile, d.read[base.Name].OnBuild, except)
	}
}

// copied adds what is copied from outside of a service's folder.
func (d *dockerfiles) copied(b *builder, s Service, dockerfile string, sources []Copied, except Matcher) {
	for _, c := range sources {
		in, err := copiedInput(s.Context, c.Source)
		if err != nil {
			b.fault(dockerfile, err)
			continue
		}
		if _, inside := within(s.Path, in.folder()); inside {
			continue
		}
		in.Kind, in.Place, in.Except = "copy", Place{dockerfile, c.Line}, except
		b.input(s.Name, in)
	}
}

// copiedInput is a source of COPY as an input. A glob with a class that begins
// with "!" means something else in .gitignore, and stands for its folder.
func copiedInput(context, source string) (Input, error) {
	if !strings.ContainsAny(source, `*?[\`) {
		return Input{Root: path.Join(context, source)}, nil
	}
	glob := path.Join("/", quotedGlob(context), source)
	if strings.Contains(source, "[!") {
		return Input{Root: fixedPart(glob)}, nil
	}
	p, err := ParsePattern(glob)
	return Input{Pattern: &p}, err
}

// quotedGlob is a path as a pattern that matches it alone.
func quotedGlob(file string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(file)
}
