// SPDX-License-Identifier: Apache-2.0

// Package plan is the file in which the step that looked at the registry tells
// the steps after it what it found: the build key, and the images that a
// Dockerfile begins with, as digests with their layers.
//
// The steps that build and push read it from a folder that they cannot write
// to, so that nothing a RUN line does can change which layers count as a base's
// or where they are taken from.
package plan

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/handoff"
)

// Schema names the form of the file; a reader refuses any other.
const Schema = "adze.dev/plan/v1"

// maxSize is how many bytes a plan may have.
const maxSize = 1 << 20

// Plan is what is known before a build.
type Plan struct {
	// Schema is the constant of that name.
	Schema string `json:"schema"`
	// Key is the build key, 64 hex digits; empty where there can be none.
	Key string `json:"key,omitempty"`
	// Platform is what is built for, as OS/ARCH or OS/ARCH/VARIANT.
	Platform string `json:"platform"`
	// Bases are the images that the Dockerfile begins with or copies from, in
	// the order of its lines; those that could not be looked up are left out.
	Bases []Base `json:"bases,omitempty"`
	// CacheRepository is where the layer cache is; empty for none.
	CacheRepository string `json:"cacheRepository,omitempty"`
	// Names are the hashes of the Pod's files that say where names lead; none
	// outside of a Pod.
	Names map[string]string `json:"names,omitempty"`
}

// Base is an image that a Dockerfile names.
type Base struct {
	// Name is what the Dockerfile calls it, with the values of its arguments.
	Name string `json:"name"`
	// Repository is where it was found, as HOST/NAME: a mirror's, maybe.
	Repository string `json:"repository"`
	// Digest is what Name led to: an index's, where it is one.
	Digest string `json:"digest"`
	// Layers are those of the image for the plan's platform, the lowest first.
	Layers []Layer `json:"layers"`
	// WorkDir is the folder in which RUN lines of that image begin; empty for /.
	WorkDir string `json:"workDir,omitempty"`
}

// Layer is one layer as a registry keeps it.
type Layer struct {
	// Digest is that of the compressed layer, Size its bytes.
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
	MediaType string `json:"mediaType"`
}

// Layer finds a layer of a base by its digest, and the bases that have it.
func (p *Plan) Layer(digest string) (layer Layer, bases []Base, ok bool) {
	for _, b := range p.Bases {
		i := slices.IndexFunc(b.Layers, func(l Layer) bool { return l.Digest == digest })
		if i >= 0 {
			layer, bases, ok = b.Layers[i], append(bases, b), true
		}
	}
	return layer, bases, ok
}

// Write makes or replaces the file; everybody may read it.
func Write(file string, p *Plan) error {
	p.Schema = Schema
	var err error
	if p.Names, err = sumNames(); err != nil {
		return fmt.Errorf("writing the plan %s: %w", file, err)
	}
	if err := p.check(); err != nil {
		return fmt.Errorf("writing the plan %s: %w", file, err)
	}
	if err := handoff.Write(file, maxSize, p); err != nil {
		return fmt.Errorf("writing the plan %s: %w", file, err)
	}
	return nil
}

// Read reads the file strictly: an unknown field, a second document or a digest
// that is none is an error, and so is a Pod in which names may lead elsewhere by now.
func Read(file string) (*Plan, error) {
	p := &Plan{}
	err := handoff.Read(file, maxSize, p)
	if err == nil {
		err = errors.Join(p.check(), p.checkNames())
	}
	if err != nil {
		return nil, fmt.Errorf("reading the plan %s: %w", file, err)
	}
	return p, nil
}

var keyForm = regexp.MustCompile(`^(|[0-9a-f]{64})$`)

// check holds a plan to what its fields say.
func (p *Plan) check() error {
	switch {
	case p.Schema != Schema:
		return fmt.Errorf("schema is %q, want %q", p.Schema, Schema)
	case !keyForm.MatchString(p.Key):
		return fmt.Errorf("key %q is not 64 hex digits", p.Key)
	case p.Platform == "":
		return errors.New("platform is empty")
	}
	for _, b := range p.Bases {
		if err := b.check(); err != nil {
			return fmt.Errorf("base %q: %w", b.Name, err)
		}
	}
	return nil
}

func (b *Base) check() error {
	if b.Name == "" || b.Repository == "" {
		return errors.New("name or repository is empty")
	}
	if _, err := v1.NewHash(b.Digest); err != nil {
		return err
	}
	for _, l := range b.Layers {
		if _, err := v1.NewHash(l.Digest); err != nil {
			return fmt.Errorf("layer: %w", err)
		}
		if l.Size < 0 {
			return fmt.Errorf("layer %s has a size of %d", l.Digest, l.Size)
		}
	}
	return nil
}
