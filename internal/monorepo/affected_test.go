// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
)

// large is a graph of services with five edges each, in which one leads to all.
func large(tb testing.TB, n int) *Graph {
	tb.Helper()
	c, err := Parse(FileName, []byte(head+"derive: []\nservices:\n  list:\n"+largeList(n)))
	if err != nil {
		tb.Fatal(err)
	}
	s, err := c.Find(tb.Context(), texts{})
	if err != nil {
		tb.Fatal(err)
	}
	g, err := Scan(tb.Context(), c, s, texts{})
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func largeList(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "    - {name: s%d, path: ms/s%d, dependsOn: [", i, i)
		for k := range 5 {
			fmt.Fprintf(&b, "s%d,", (i+1+k*k*37)%n)
		}
		b.WriteString("]}\n")
	}
	return b.String()
}

// BenchmarkAffected2000 closes a graph of 2,000 services and 10,000 edges over a
// push of twenty files.
func BenchmarkAffected2000(b *testing.B) {
	g := large(b, 2000)
	var changed []string
	for i := range 20 {
		changed = append(changed, fmt.Sprintf("ms/s%d/d/f%d", i*97, i))
	}
	for b.Loop() {
		if got := len(g.Affected(changed, nil)); got != 2000 {
			b.Fatalf("%d services", got)
		}
	}
}

// BenchmarkScan2000 makes that graph out of adze.yaml.
func BenchmarkScan2000(b *testing.B) {
	for b.Loop() {
		large(b, 2000)
	}
}

// What is found quickly is what asking each service finds.
func TestReachHoldsAllThatIsTouched(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 7))
	words := []string{"a", "b", "c", "x.go", "*", "**", "?.go", "[ab]"}
	some := func(from []string) string {
		parts := make([]string, 1+rnd.IntN(3))
		for i := range parts {
			parts[i] = from[rnd.IntN(len(from))]
		}
		return strings.Join(parts, "/")
	}
	for range 300 {
		g := &Graph{Config: &Config{}, Inputs: map[string][]Input{}, Edges: map[string][]Edge{}}
		for i := range 4 {
			s := Service{Name: fmt.Sprint("s", i)}
			for range rnd.IntN(3) {
				p, err := ParsePattern(strings.Repeat("!", rnd.IntN(2)) + strings.Repeat("/", rnd.IntN(2)) + some(words))
				if err != nil {
					t.Fatal(err)
				}
				s.Inputs = append(s.Inputs, p)
				g.Inputs[s.Name] = append(g.Inputs[s.Name], Input{Root: some(words[:4]), Flat: rnd.IntN(2) == 0}, Input{Pattern: &p})
			}
			g.Services.All = append(g.Services.All, s)
		}
		file := some(words[:4])
		reached := map[string]bool{}
		for _, at := range g.indexed().reach.of(file) {
			reached[g.Services.All[at].Name] = true
		}
		for _, s := range g.Services.All {
			in, ok := g.IsInput(s, file)
			if ok && !reached[s.Name] {
				t.Errorf("%s touches %s by %+v and is not reached", file, s.Name, in)
			}
			if ok != slices.Contains(g.Owners(file), s.Name) {
				t.Errorf("%s has owners %v", file, g.Owners(file))
			}
		}
		whole, flat := g.Roots(g.Services.All)
		for _, s := range g.Services.All {
			if in, ok := g.IsInput(s, file); ok && !lies(file, whole) && !slices.Contains(flat, file) && !slices.Contains(flat, path.Dir(file)) {
				t.Errorf("%s is an input of %s by %+v and lies in none of %v %v", file, s.Name, in, whole, flat)
			}
		}
	}
}

func lies(file string, roots []string) bool {
	for _, root := range roots {
		if _, ok := within(path.Clean(root), file); ok {
			return true
		}
	}
	return false
}
