// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// The head of a policy file.
const (
	policyVersion = "adze.dev/v1alpha1"
	policyKind    = "ScanPolicy"
)

// policyReader walks a policy's YAML and collects every fault.
type policyReader struct {
	file string
	errs []error
}

func (r *policyReader) fail(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d:%d: %s", r.file, n.Line, n.Column, fmt.Sprintf(format, args...)))
}

func (r *policyReader) policy(n *yaml.Node, p *policy) {
	var version, kind string
	r.mapping(n, map[string]func(*yaml.Node){
		"apiVersion": func(v *yaml.Node) { r.scalar(v, &version) },
		"kind":       func(v *yaml.Node) { r.scalar(v, &kind) },
		"severity":   func(v *yaml.Node) { r.severity(v, &p.Severity) },
		"onlyFixed":  func(v *yaml.Node) { r.scalar(v, &p.OnlyFixed) },
		"ignore":     func(v *yaml.Node) { r.exceptions(v, p) },
	})
	if version != policyVersion || kind != policyKind {
		r.fail(n, "want apiVersion %s and kind %s", policyVersion, policyKind)
	}
}

// mapping hands the value of each key to its field; other keys are faults.
func (r *policyReader) mapping(n *yaml.Node, fields map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "want a mapping")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, ok := fields[key.Value]
		switch {
		case !ok:
			r.fail(key, "unknown key %q, want one of %s", key.Value, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		case seen[key.Value]:
			r.fail(key, "key %q stands twice", key.Value)
		default:
			field(value)
		}
		seen[key.Value] = true
	}
}

func (r *policyReader) scalar(n *yaml.Node, into any) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "want a value")
		return
	}
	if err := n.Decode(into); err != nil {
		r.fail(n, "%q is not what belongs here", n.Value)
	}
}

func (r *policyReader) severity(n *yaml.Node, into *finding.Severity) {
	var text string
	r.scalar(n, &text)
	s, err := finding.ParseSeverity(text)
	if err != nil {
		r.fail(n, "%v", err)
	}
	*into = s
}

func (r *policyReader) exceptions(n *yaml.Node, p *policy) {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "want a list")
		return
	}
	for _, item := range n.Content {
		e := exception{Line: item.Line}
		var expires string
		r.mapping(item, map[string]func(*yaml.Node){
			"id":      func(v *yaml.Node) { r.scalar(v, &e.ID) },
			"package": func(v *yaml.Node) { r.scalar(v, &e.Package) },
			"reason":  func(v *yaml.Node) { r.scalar(v, &e.Reason) },
			"expires": func(v *yaml.Node) { r.scalar(v, &expires) },
		})
		if e.ID == "" || strings.TrimSpace(e.Reason) == "" || expires == "" {
			r.fail(item, "an exception needs id, reason and expires")
			continue
		}
		var err error
		if e.Expires, err = time.Parse(time.DateOnly, expires); err != nil {
			r.fail(item, "expires: %q is no day like 2026-12-31", expires)
		}
		p.Ignore = append(p.Ignore, e)
	}
}
