// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"sync"

	"go.yaml.in/yaml/v3"
)

// Want is an image that a service's manifests should name.
type Want struct {
	// Service is the service's name, by which markers mean it; where it is
	// empty, only the image's repository tells what is meant.
	Service string
	// Image is what should stand there.
	Image
}

// Place is a value that names a wanted image.
type Place struct {
	// Service is the service whose image is named.
	Service string
	// Line and Column say where the value begins; both count from 1, columns in characters.
	Line, Column int
	// Old and New are the value before and after; they are the same where it was right.
	Old, New string
	// Was is the image that was named there before, put together where it
	// stands in parts.
	Was Image
}

// Change is a place whose value was set.
type Change struct {
	Place
	// Start and End are the bytes of the source that were replaced, as offsets.
	Start, End int
	// Text is what stands there now: New, in quotes where it needs them.
	Text string
}

// Result is what became of one file.
type Result struct {
	// Content is the file after the edit.
	Content []byte
	// Places are all values that name a wanted image, those already right
	// included, in order. One that serves several services stands once for each.
	Places []Place
	// Changes are the values that were set, in order, each once.
	Changes []Change
	// Named counts the values that name a wanted image, each once.
	Named int
	// Left are values that mention a wanted image and were left alone on purpose.
	Left []Left
	// Templated says that the file mentions a wanted image between template
	// braces and was left alone.
	Templated bool
}

// Manifest is one file. It is parsed at most once, and only when a wanted image
// is mentioned. Several goroutines may use it.
type Manifest struct {
	name string
	src  []byte

	parsing sync.Once
	parsed
	err error
}

// Open takes a file's text. The name stands in errors, and tells a kustomization
// that has no `kind`.
func Open(name string, src []byte) *Manifest { return &Manifest{name: name, src: src} }

func (m *Manifest) documents() ([]*yaml.Node, error) {
	m.parsing.Do(func() { m.parsed, m.err = read(m.name, m.src) })
	return m.docs, m.err
}

// File sets one image in one file, see [Manifest.Set].
func File(name string, src []byte, img Image) (Result, error) {
	return Open(name, src).Set(Want{Image: img})
}
