// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// recipe says what a monorepo is made of; equal recipes make equal commits.
type recipe struct {
	Files, Services int
	// Team is how many services share a folder, and depend on each other.
	Team int
	// Edges are how many services each depends on.
	Edges int
	// Before is how many commits lie before the push, and Push how many it has.
	Before, Push int
	// Touched is how many services the push changes.
	Touched int
	// Format changes when what is written for a recipe does.
	Format int
}

func recipeFor(files int) recipe {
	return recipe{Files: files, Services: min(2000, files/10), Team: 20, Edges: 5, Before: 100, Push: 20, Touched: 8, Format: 3}
}

// key names what the recipe makes.
func (r recipe) key() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", r))
	return fmt.Sprintf("%d-%s", r.Files, hex.EncodeToString(sum[:6]))
}

// The configurations that lie side by side in a monorepo.
const (
	// whole has everything looked for that services are made of.
	whole = "adze.yaml"
	// less reads Dockerfiles alone, and so has not all folders listed.
	less = "less.yaml"
	// declared says it all itself.
	declared = "declared.yaml"
)

const head = "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\n"

// source writes a recipe as git-fast-import(1) reads it.
type source struct {
	recipe
	*bufio.Writer
	rnd *rand.Rand
}

func (r recipe) write(w io.Writer) error {
	s := &source{r, bufio.NewWriter(w), rand.New(rand.NewPCG(uint64(r.Files), 1))} //nolint:gosec // the same each time is wanted
	s.commit(1)
	s.file(whole, head+"services: {discover: ['teams/*/*']}\n")
	s.file(less, head+"derive: [dockerfile]\nservices: {discover: ['teams/*/*']}\n")
	s.file(declared, s.declaration())
	for i := range r.Services {
		s.service(i)
	}
	for n := range r.Before + r.Push {
		s.commit(2 + n)
		for range 3 {
			service, file := s.rnd.IntN(r.Services), s.rnd.IntN(s.perService()-2)
			if n >= r.Before { // at the same paths in each size
				service, file = s.rnd.IntN(r.Touched)*r.Services/r.Touched, s.rnd.IntN(8)
			}
			s.file(s.code(service, file), s.text())
		}
	}
	return s.Flush()
}

// perService is how many files a service has.
func (r recipe) perService() int { return r.Files / r.Services }

func (r recipe) folder(service int) string {
	return fmt.Sprintf("teams/t%02d/s%04d", service/r.Team, service)
}

// code is the path of a service's nth file of code, ten to a folder.
func (r recipe) code(service, n int) string {
	return fmt.Sprintf("%s/src/p%03d/f%d.txt", r.folder(service), n/10, n%10)
}

// dependencies are services of the same team that come before.
func (r recipe) dependencies(service int) []int {
	var out []int
	for n := 1; n <= r.Edges && service%r.Team >= n; n++ {
		out = append(out, service-n)
	}
	return out
}

func (s *source) commit(n int) {
	s.put("commit refs/heads/main\ncommitter c <c@example.com> %d +0000\ndata 0\n", 1_700_000_000+60*n)
}

func (s *source) file(path, content string) {
	s.put("M 100644 inline %s\ndata %d\n%s\n", path, len(content), content)
}

// put leaves errors to Flush, which repeats the first.
func (s *source) put(format string, args ...any) {
	fmt.Fprintf(s, format, args...) //nolint:errcheck // see above
}

// service writes a Dockerfile, a go.mod that replaces modules by the folders of
// others, and code.
func (s *source) service(i int) {
	dir := s.folder(i)
	s.file(dir+"/Dockerfile", fmt.Sprintf("FROM scratch\nLABEL service=s%04d\nCOPY src /src\n", i))
	mod := fmt.Sprintf("module example.com/s%04d\n\ngo 1.26\n", i)
	for _, d := range s.dependencies(i) {
		mod += fmt.Sprintf("\nrequire example.com/s%04d v0.0.0\nreplace example.com/s%04d => ../s%04d\n", d, d, d)
	}
	s.file(dir+"/go.mod", mod)
	for n := range s.perService() - 2 {
		s.file(s.code(i, n), s.text())
	}
}

// text is some six hundred bytes that compress to half.
func (s *source) text() string {
	var b strings.Builder
	for range 12 + s.rnd.IntN(12) {
		fmt.Fprintf(&b, "%016x %016x\n", s.rnd.Uint64(), s.rnd.Uint64())
	}
	return b.String()
}

// declaration lists all services with their dependencies.
func (s *source) declaration() string {
	var b strings.Builder
	b.WriteString(head + "derive: []\nservices:\n  list:\n")
	for i := range s.Services {
		fmt.Fprintf(&b, "    - name: s%04d\n      path: %s\n", i, s.folder(i))
		var names []string
		for _, d := range s.dependencies(i) {
			names = append(names, fmt.Sprintf("s%04d", d))
		}
		if len(names) > 0 {
			fmt.Fprintf(&b, "      dependsOn: [%s]\n", strings.Join(names, ", "))
		}
	}
	return b.String()
}
