// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Dockerfile is what a Dockerfile takes from elsewhere, in the order of its lines.
type Dockerfile struct {
	// Copied is what it takes from its build context.
	Copied []Copied
	// OnBuild is what its ONBUILD instructions take from the context of a
	// build that begins FROM its image. Copied has it as well.
	OnBuild []Copied
	// Remote is what ADD fetches, or may fetch, from elsewhere without a
	// checksum, so that the Dockerfile does not say what it gets.
	Remote []Copied
	// Images are the images that it begins with or copies from.
	Images []ImageRef
}

// Copied is something that a Dockerfile takes from its build context, or from
// an address.
type Copied struct {
	// Source is a path or glob relative to the context, "." for all of it; or
	// what is known of an address.
	Source string
	// Line is where the instruction begins.
	Line int
}

// ImageRef is an image that a Dockerfile names.
type ImageRef struct {
	// Name is the image with its tag or digest and the defaults of variables;
	// empty where one of those has none.
	Name string
	// Loose is the name with a * for each variable that a build may set
	// otherwise; empty where there is none.
	Loose string
	// Base tells FROM from COPY --from and the like.
	Base bool
	// Line is where the instruction begins.
	Line int
}

// ReadDockerfile lists what a Dockerfile takes from its context, with COPY, ADD
// and bind mounts of RUN, and the images that it names. What comes from its own
// stages, from URLs and from here-documents is left out. Args are the build's
// arguments. A source whose value is known only in the build stands for the
// whole context; --exclude takes nothing away.
func ReadDockerfile(data []byte, args map[string]string) (Dockerfile, error) {
	res, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return Dockerfile{}, fmt.Errorf("reading the Dockerfile: %w", err)
	}
	r := &dockerfileReader{vars: newVariables(res.EscapeToken, args), stages: map[string]map[string]string{}}
	if syntax, _, at, ok := parser.DetectSyntax(data); ok && !isDockerfileSyntax(syntax) {
		r.copied(".", at[0].Start.Line)
	}
	for _, n := range res.AST.Children {
		r.instruction(n)
	}
	return r.found, nil
}

// isDockerfileSyntax tells whether the image that "# syntax=" names reads
// Dockerfiles; another may read the file in a way of its own.
func isDockerfileSyntax(image string) bool {
	name := withoutTag(image)
	return strings.HasSuffix(name, "docker/dockerfile") || strings.HasSuffix(name, "docker/dockerfile-upstream")
}

// dockerfileReader goes through the instructions of a Dockerfile.
type dockerfileReader struct {
	found Dockerfile
	vars  *variables
	// stages holds the environment of the stages so far, the current one among
	// them, by name and number.
	stages map[string]map[string]string
	// count is how many stages there are so far.
	count int
}

func (r *dockerfileReader) instruction(n *parser.Node) {
	switch strings.ToLower(n.Value) {
	case "from":
		r.from(n)
	case "arg":
		r.vars.arguments(n)
	case "env":
		r.vars.environment(n)
	case "copy", "add":
		r.sources(n)
	case "run":
		r.mounts(n)
	case "onbuild":
		if n.Next != nil && len(n.Next.Children) > 0 {
			r.onBuild(n.Next.Children[0], n.StartLine)
		}
	}
}

// onBuild reads an instruction that runs in another build, and in stages of
// this one that begin with the current.
func (r *dockerfileReader) onBuild(n *parser.Node, line int) {
	before := len(r.found.Copied)
	n.StartLine = line
	r.instruction(n)
	r.found.OnBuild = append(r.found.OnBuild, r.found.Copied[before:]...)
}

// from begins a stage. Its environment is that of the stage it begins with; that
// of another image is not known.
func (r *dockerfileReader) from(n *parser.Node) {
	if n.Next == nil {
		return
	}
	base := r.vars.global(n.Next.Value)
	env, ours := r.stages[strings.ToLower(base.text)]
	if !ours {
		r.image(base, true, n.StartLine)
	}
	r.vars.begin(env)
	r.stages[strconv.Itoa(r.count)] = r.vars.env
	r.count++
	if as := n.Next.Next; as != nil && as.Next != nil && strings.EqualFold(as.Value, "as") {
		r.stages[strings.ToLower(as.Next.Value)] = r.vars.env
	}
}

// image keeps an image's name. Images whose name says onbuild are made to take
// the whole context of whoever begins with them.
func (r *dockerfileReader) image(w word, base bool, line int) {
	if w.text == "" && w.loose == "" || w.text == "scratch" {
		return
	}
	if base && strings.Contains(w.text, "onbuild") {
		r.copied(".", line)
	}
	ref := ImageRef{Loose: w.loose, Base: base, Line: line}
	if w.known && !strings.ContainsRune(w.text, platform) {
		ref.Name = w.text
	}
	r.found.Images = append(r.found.Images, ref)
}

// outside keeps an image that --from names, unless that is a stage.
func (r *dockerfileReader) outside(from word, line int) {
	if _, ours := r.stages[strings.ToLower(from.text)]; !ours {
		r.image(from, false, line)
	}
}

func (r *dockerfileReader) copied(source string, line int) {
	r.found.Copied = append(r.found.Copied, Copied{source, line})
}
