// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Left is a value that mentions a wanted image and was left alone on purpose.
type Left struct {
	// Service is the service whose image is mentioned.
	Service string
	// Line and Column say where the value begins; both count from 1.
	Line, Column int
	// Reason goes on from "the value".
	Reason string
}

// Reasons to leave a value alone.
const (
	byVariable = "holds a variable that is filled in later; set the image where the variable gets its value"
	byKey      = "names the image under another key than image; put MARKER to have it set"
	byPattern  = "holds a pattern or a placeholder instead of a tag; put MARKER to have it set"
	byShort    = "names the image in another way to write Docker's own registry; write %s to have it set"
	byText     = "names the image inside a text, which is not edited; keep it in a file of its own"
	byTemplate = "holds template braces; keep the image in a values file"
)

// leave notes that a value is left alone.
func (e entry) leave(at *yaml.Node, reason string) error {
	n := resolve(at)
	if key := (told{n, e.want.Service}); !e.told[key] {
		e.told[key] = true
		e.left = append(e.left, Left{Service: e.want.Service, Line: n.Line, Column: n.Column, Reason: strings.Replace(reason, "MARKER", e.marker(n), 1)})
	}
	return nil
}

// marker says which marker would have a value set, and where it would stand. JSON has no
// comments, and so none; as YAML the same text may have them.
func (e entry) marker(n *yaml.Node) string {
	comment := "# adze: " + cmp.Or(e.want.Service, "SERVICE")
	if isJSON(e.file) {
		comment = "it in a file of YAML, where the same text may stand, and " + comment
	}
	if n.Kind == yaml.MappingNode {
		return comment + ":tag behind its tag"
	}
	return comment + " behind it"
}

// leaveOpen notes a value that names the image but for what is filled in later.
func (e entry) leaveOpen() error {
	literal := later.ReplaceAll([]byte(e.spot.names.Repository), nil)
	if why := awaits(e.spot.names.Repository); why != "" && Mentions(literal, e.want.lastName()) {
		return e.leave(e.spot.at, why)
	}
	return nil
}

// leaveAside notes a reference that is not taken for one.
func (e entry) leaveAside(named bool) error {
	if named && e.spot.open() == "" {
		return e.leave(e.spot.at, byKey)
	}
	return nil
}

// leaveText notes a text inside the file that names the image.
func (e entry) leaveText() error {
	if e.marks.of(e.spot.at) == nil && Mentions([]byte(e.spot.inner), e.want.Repository) {
		return e.leave(e.spot.at, byText)
	}
	return nil
}

// open tells why a reference names no version yet: something is filled in later,
// or it is a pattern, as policies have them. Empty where it names one, or none at all.
func (s spot) open() string {
	if s.tagKey != "" && (isTemplate(lookup(resolve(s.at), s.tagKey).at) || isTemplate(lookup(resolve(s.at), pinKeys[0]).at)) {
		return byTemplate
	}
	for _, part := range []string{s.names.Repository, s.names.Tag, s.names.Digest} {
		if why := awaits(part); why != "" {
			return why
		}
	}
	if tag, _, _ := strings.Cut(s.names.Tag, "@"); tag != "" && !tagPattern.MatchString(tag) && !numeric(tag) {
		return byPattern
	}
	return ""
}

// awaits tells why a text is not what it will be: it is filled in by Flux (${TAG}),
// by kustomize and Kubernetes ($(TAG)), or by a template. Empty where it is.
func awaits(text string) string {
	switch {
	case strings.Contains(text, "{{"):
		return byTemplate
	case strings.Contains(text, "${"), strings.Contains(text, "$("):
		return byVariable
	}
	return ""
}

// isTemplate tells whether a value is what YAML makes of `{{ … }}` without
// quotes: a mapping with a mapping as its key.
func isTemplate(v *yaml.Node) bool {
	return v != nil && v.Kind == yaml.MappingNode && len(v.Content) > 0 && v.Content[0].Kind == yaml.MappingNode
}
