// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// wired is a graph of services a, b, c… with edges such as "ab".
func wired(names string, edges ...string) *Graph {
	g := &Graph{Edges: map[string][]Edge{}}
	for _, name := range strings.Split(names, "") {
		g.Services.All = append(g.Services.All, Service{Name: name})
	}
	for i, e := range edges {
		g.Edges[e[:1]] = append(g.Edges[e[:1]], Edge{e[:1], e[1:], "dependsOn", Place{"f", i + 1}})
	}
	return g
}

func TestCycles(t *testing.T) {
	for _, c := range []struct {
		edges []string
		want  string
	}{
		{nil, ""},
		{[]string{"ab", "bc", "ac"}, ""},
		{[]string{"aa"}, "[a]: a→a from f:1"},
		{[]string{"ab", "ba"}, "[a b]: a→b from f:1, b→a from f:2"},
		{[]string{"ab", "bc", "cd", "da", "ca"}, "[a b c d]: a→b from f:1, b→c from f:2, c→a from f:5"},
		{[]string{"ab", "ba", "bc", "cd", "dc"}, "[a b]: a→b from f:1, b→a from f:2; [c d]: c→d from f:4, d→c from f:5"},
	} {
		var got []string
		for _, cycle := range wired("abcd", c.edges...).Cycles() {
			got = append(got, fmt.Sprintf("%v: %s", cycle.Services, cycle))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%v: got %q, want %q", c.edges, s, c.want)
		}
	}
}

// Two services are in one cycle when each is in the other's closure.
func TestCyclesAreMutualClosures(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 11))
	names := "abcdefgh"
	for range 300 {
		var edges []string
		for range rnd.IntN(14) {
			edges = append(edges, names[rnd.IntN(8):][:1]+names[rnd.IntN(8):][:1])
		}
		g := wired(names, edges...)
		reaches := func(from, to string) bool {
			return slices.ContainsFunc(g.Edges[from], func(e Edge) bool {
				return slices.ContainsFunc(g.Closure(e.To), func(s Service) bool { return s.Name == to })
			})
		}
		cycle := map[string]int{}
		for i, c := range g.Cycles() {
			for _, name := range c.Services {
				cycle[name] = i + 1
			}
		}
		for _, a := range strings.Split(names, "") {
			for _, b := range strings.Split(names, "") {
				if want := reaches(a, b) && reaches(b, a); want != (cycle[a] != 0 && cycle[a] == cycle[b]) {
					t.Fatalf("%v: %s and %s are in the cycles %d and %d", edges, a, b, cycle[a], cycle[b])
				}
				if needs := slices.ContainsFunc(g.Dependents(b), func(s Service) bool { return s.Name == a }); needs != (a == b || reaches(a, b)) {
					t.Fatalf("%v: that %s depends on %s is said to be %v", edges, a, b, needs)
				}
			}
		}
	}
}
