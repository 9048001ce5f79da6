// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"
	"slices"

	"github.com/adze-ci/adze/internal/monorepo"
)

// list is a list of patterns in adze.yaml.
type list struct {
	key      string
	service  string
	patterns monorepo.Patterns
}

func (r *repository) lists() []list {
	all := []list{{"ignore", "", r.config.Ignore}, {"global", "", r.config.Global}}
	for _, s := range r.services.All {
		all = append(all, list{"inputs", s.Name, s.Inputs})
	}
	return all
}

// matching are the places in files of what a pattern matches, whether it adds
// or takes away. Many services may have one pattern, which is tried once.
func (r *repository) matching(p monorepo.Pattern) []int {
	if found, ok := r.matches[p.Text]; ok {
		return found
	}
	var found []int
	folder := p.Folder()
	if at, ok := slices.BinarySearch(r.files, folder); ok && p.Match(folder) {
		found = append(found, at)
	}
	from, to := r.span(folder)
	for i, file := range r.files[from:to] {
		if p.Match(file) {
			found = append(found, from+i)
		}
	}
	r.matches[p.Text] = found
	return found
}

func (r *repository) atPattern(l list, p monorepo.Pattern) finding {
	return finding{Severity: isWarning, Service: l.service, File: r.config.File, Line: p.Line, Column: p.Column}
}

// unmatched finds globs and patterns that match nothing.
func (r *repository) unmatched() []finding {
	var all []finding
	for _, glob := range r.idle {
		key := "discover " + glob
		line := r.config.Lines[key]
		if line == 0 { // the default, or one that was trimmed
			key, line = "discover", r.config.Lines["discover"]
		}
		if line == 0 {
			continue
		}
		all = append(all, finding{Severity: isWarning, Rule: "unmatched-pattern", File: r.config.File, Line: line, Column: r.config.Column(line, key),
			Message: fmt.Sprintf("discover %s matches no folder with a Dockerfile; correct it or take it out", glob)})
	}
	for _, l := range r.lists() {
		for _, p := range l.patterns {
			if len(r.matching(p)) == 0 {
				f := r.atPattern(l, p)
				f.Rule = "unmatched-pattern"
				f.Message = fmt.Sprintf("%s %s matches no file; correct it or take it out", l.key, p.Text)
				all = append(all, f)
			}
		}
	}
	return all
}

// shadowed finds patterns that never have the last word, because later ones
// match all that they do.
func (r *repository) shadowed() []finding {
	var all []finding
	for _, l := range r.lists() {
		later := map[int]bool{}
		for i := len(l.patterns) - 1; i >= 0; i-- {
			p, decides := l.patterns[i], false
			for _, at := range r.matching(p) {
				decides = decides || !later[at]
				later[at] = true
			}
			if !decides && len(r.matching(p)) > 0 {
				f := r.atPattern(l, p)
				f.Rule = "shadowed-pattern"
				f.Message = fmt.Sprintf("%s %s decides nothing, for the last match wins and patterns behind it match all that it does; move it behind them or take it out", l.key, p.Text)
				all = append(all, f)
			}
		}
	}
	return all
}

// ignored finds services of whose own folder ignore leaves nothing.
func (r *repository) ignored() []finding {
	var all []finding
	for _, s := range r.services.All {
		files := r.below(s.Path)
		if len(files) == 0 || slices.ContainsFunc(files, func(file string) bool { return !r.isIgnored(s, file) }) {
			continue
		}
		by := r.config.Ignore.Match(files[0])
		all = append(all, finding{Severity: isError, Rule: "ignored-service", Service: s.Name, File: r.config.File, Line: by.Line, Column: by.Column,
			Message: fmt.Sprintf("ignore takes away the whole folder of service %s, %s, so that no change in it is ever built; narrow %s, or name what counts in the service's inputs", s.Name, s.Path, by.Text)})
	}
	return all
}

// isIgnored tells whether ignore alone keeps a file from counting.
func (r *repository) isIgnored(s monorepo.Service, file string) bool {
	spare, ok := r.graph.Spared(s, file)
	return ok && spare.By == "ignore"
}
