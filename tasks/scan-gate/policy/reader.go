// SPDX-License-Identifier: Apache-2.0

package policy

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
	version = "adze.dev/v1alpha1"
	kind    = "ScanPolicy"
)

// The most that a policy may say.
const (
	mostGraceDays     = 365
	mostDatabaseHours = 24 * 365
)

// reader walks a policy's YAML and collects every fault.
type reader struct {
	file string
	errs []error
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d:%d: %s", r.file, n.Line, n.Column, fmt.Sprintf(format, args...)))
}

func (r *reader) policy(n *yaml.Node, p *Policy) {
	var saysVersion, saysKind string
	r.mapping(n, map[string]func(*yaml.Node){
		"apiVersion":          func(v *yaml.Node) { r.scalar(v, &saysVersion) },
		"kind":                func(v *yaml.Node) { r.scalar(v, &saysKind) },
		"severity":            func(v *yaml.Node) { p.Severity = r.severity(v) },
		"onlyFixed":           func(v *yaml.Node) { r.scalar(v, &p.OnlyFixed) },
		"newOnly":             func(v *yaml.Node) { r.scalar(v, &p.NewOnly) },
		"graceDays":           func(v *yaml.Node) { p.Grace = r.grace(v) },
		"maxDatabaseAgeHours": func(v *yaml.Node) { p.MaxDatabaseAge = time.Duration(r.number(v, 1, mostDatabaseHours)) * time.Hour },
		"ignore":              func(v *yaml.Node) { r.each(v, func(item *yaml.Node) { r.exception(item, p) }) },
		"vex":                 func(v *yaml.Node) { r.each(v, func(item *yaml.Node) { r.documents(item, p) }) },
		"rules":               func(v *yaml.Node) { r.each(v, func(item *yaml.Node) { r.rule(item, p) }) },
	})
	if saysVersion != version || saysKind != kind {
		r.fail(n, "want apiVersion %s and kind %s", version, kind)
	}
}

// mapping hands the value of each key to its field; other keys are faults.
func (r *reader) mapping(n *yaml.Node, fields map[string]func(*yaml.Node)) {
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

// each hands over the items of a list.
func (r *reader) each(n *yaml.Node, item func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "want a list")
		return
	}
	for _, i := range n.Content {
		item(i)
	}
}

func (r *reader) scalar(n *yaml.Node, into any) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "want a value")
		return
	}
	if err := n.Decode(into); err != nil {
		r.fail(n, "%q is not what belongs here", n.Value)
	}
}

// number reads a whole number within limits.
func (r *reader) number(n *yaml.Node, least, most int) int {
	var number int
	before := len(r.errs)
	r.scalar(n, &number)
	if len(r.errs) == before && (number < least || number > most) {
		r.fail(n, "%d is not from %d to %d", number, least, most)
	}
	return number
}

func (r *reader) severity(n *yaml.Node) finding.Severity {
	var text string
	r.scalar(n, &text)
	s, err := finding.ParseSeverity(text)
	if err != nil {
		r.fail(n, "%v", err)
	}
	return s
}

func (r *reader) grace(n *yaml.Node) map[finding.Severity]int {
	days, fields := map[finding.Severity]int{}, map[string]func(*yaml.Node){}
	for s := finding.Unknown; s <= finding.Critical; s++ {
		fields[s.String()] = func(v *yaml.Node) { days[s] = r.number(v, 0, mostGraceDays) }
	}
	r.mapping(n, fields)
	return days
}
