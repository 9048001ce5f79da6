// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/monorepo-change/draw"
	"github.com/adze-ci/adze/tasks/monorepo-change/graph"
)

// maxFiles is how many files of each sort are told one by one.
const maxFiles = 20

// explain tells all about one service: whether it is affected and why, which
// changed files count for it and which do not, and what it is made of.
func explain(r *report, name string) (string, error) {
	if r.graph == nil {
		return fmt.Sprintf("%s is not affected: %s\n", name, r.Reason), nil
	}
	s, ok := r.graph.Services.Get(name)
	if !ok || slices.Contains(r.Gone, name) {
		return explainAbsent(r, name)
	}
	verdict := fmt.Sprintf("%s is not affected: %s", name, r.Reason)
	if i := slices.IndexFunc(r.Affected, func(a affected) bool { return a.Name == name }); i >= 0 {
		verdict = fmt.Sprintf("%s is affected: %s", name, why(r, r.Affected[i]))
	}
	head := [][]string{{"base", cmp.Or(strings.Join(r.compared, ", "), "none")}, {"input hash", cmp.Or(r.hashes[name], "not known")}}
	return strings.Join([]string{
		verdict + "\n" + draw.Table("  ", head),
		draw.Table("  ", graph.Describe(r.graph, s)),
		r.changed(s),
	}, "\n"), nil
}

// explainAbsent is about a service that the head has not.
func explainAbsent(r *report, name string) (string, error) {
	for _, row := range r.absent() {
		if row.names[0] == name {
			return fmt.Sprintf("%s is not affected, it is %s: %s\n", name, row.why, r.Reason), nil
		}
	}
	err := step.Misuse("%s has no service %q", r.Head, name)
	if near := r.graph.Services.Nearest(name); near != "" {
		return "", step.Hint(err, "did you mean %s?", near)
	}
	return "", err
}

// changed tells of the files that changed which of them count for a service or
// for one that it needs, and which would if nothing took them away.
func (r *report) changed(s monorepo.Service) string {
	var counts, spared []string
	needs := r.graph.Closure(s.Name)
	files := slices.Compact(slices.Sorted(slices.Values(r.changes[s.Name])))
	for _, file := range files {
		if words, ok := r.counts(needs, file); ok {
			counts = append(counts, readable(file)+" changed: "+words)
		} else if words != "" {
			spared = append(spared, readable(file)+" changed and does not count: "+words)
		}
	}
	text := atMost(counts, "changed and count") + atMost(spared, "changed and do not count")
	if n := len(files) - len(counts) - len(spared); n > 0 {
		text += fmt.Sprintf("  %s changed that %s is not made of\n", plural(n, "file"), s.Name)
	}
	return text
}

// counts asks a service and those that it needs whether a file counts for one of
// them. Where it does not, the words tell what keeps it from counting, if anything.
func (r *report) counts(services []monorepo.Service, file string) (words string, ok bool) {
	if r.graph.IsGlobal(file) {
		return "it is global", true
	}
	for _, s := range services {
		if in, ok := r.graph.Touches(s, file); ok {
			return fmt.Sprintf("for %s, %s", s.Name, because(monorepo.Cause{Path: file, Input: in})), true
		}
		if by, ok := r.graph.Spared(s, file); ok && words == "" {
			by.Place.File = readable(by.Place.File)
			words = fmt.Sprintf("for %s, %s", s.Name, by)
		}
	}
	return words, false
}

// atMost writes the first lines, and how many files there are beside.
func atMost(lines []string, what string) string {
	var b strings.Builder
	for _, line := range lines[:min(len(lines), maxFiles)] {
		b.WriteString("  " + line + "\n")
	}
	if n := len(lines) - maxFiles; n > 0 {
		fmt.Fprintf(&b, "  and %s more %s\n", plural(n, "file"), what)
	}
	return b.String()
}
