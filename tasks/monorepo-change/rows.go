// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/monorepo"
)

// sharedBy is by how many services a reason must be shared to be told once for
// all of them.
const sharedBy = 7

// isNew begins the reason for a service that the base had not, or that no
// manifest names.
const isNew = "the service is new"

// row is what is told of one service, or of several that have it in common.
type row struct {
	names []string
	why   string
}

// rows are the answer: the affected services with a reason of their own, those
// that are no more or have no Dockerfile, and last those that share a reason.
func (r *report) rows() []row {
	var own []row
	shared := map[string][]string{}
	for _, a := range r.Affected {
		shared[why(r, a)] = append(shared[why(r, a)], a.Name)
	}
	var many []row
	for _, a := range r.Affected {
		words := why(r, a)
		switch names := shared[words]; {
		case len(names) < sharedBy:
			own = append(own, row{[]string{a.Name}, words})
		case names[0] == a.Name:
			many = append(many, row{names, words})
		}
	}
	return slices.Concat(own, r.absent(), many)
}

// absent are the services that are no more, and those that are listed only.
func (r *report) absent() []row {
	var rows []row
	for _, name := range r.Removed {
		words := "removed"
		if slices.Contains(r.Gone, name) {
			words = "removed, and still listed"
		}
		rows = append(rows, row{[]string{name}, words})
	}
	for _, name := range r.Gone {
		if !slices.Contains(r.Removed, name) {
			rows = append(rows, row{[]string{name}, "listed, but its Dockerfile is not in the repository"})
		}
	}
	return rows
}

// why is one line: the file, what made it matter, the edges, and the commit
// since which where that is the service's own.
func why(r *report, a affected) string {
	words := a.Because
	if a.Path != "" {
		words = a.Path + " changed; " + a.Because
	}
	for _, e := range shown(a.Via) {
		words += "; edge " + e.String()
	}
	if a.Base != "" && a.Base != r.Base {
		words += "; since " + a.Base
	}
	return words
}

// shown are edges with the paths of their files as they are written.
func shown(edges []monorepo.Edge) []monorepo.Edge {
	out := slices.Clone(edges)
	for i := range out {
		out[i].File = readable(out[i].File)
	}
	return out
}

// total says how many services are affected, of how many, and what became of
// the others.
func (r *report) total() string {
	all := 0
	if r.graph != nil {
		for _, s := range r.graph.Services.All {
			if !slices.Contains(r.Gone, s.Name) {
				all++
			}
		}
	}
	words := fmt.Sprintf("%d of %d services are affected", r.Count, all)
	if r.Count == 1 {
		words = fmt.Sprintf("1 of %d services is affected", all)
	}
	fresh := 0
	for _, a := range r.Affected {
		if strings.HasPrefix(a.Because, isNew) {
			fresh++
		}
	}
	if fresh > 0 {
		words += fmt.Sprintf(", %d new", fresh)
	}
	if n := len(r.Removed); n > 0 {
		words += fmt.Sprintf(", %d removed", n)
	}
	if n := len(r.Gone); n > 0 {
		words += fmt.Sprintf(", %d without a Dockerfile", n)
	}
	return words
}

// plural writes how many there are of something.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, strings.TrimSuffix(what, "s"))
}
