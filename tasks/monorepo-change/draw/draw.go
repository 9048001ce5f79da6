// SPDX-License-Identifier: Apache-2.0

// Package draw writes a graph of services and files as Mermaid, which forges
// render where it stands in Markdown (https://mermaid.js.org), and in Graphviz's
// DOT language (https://graphviz.org/doc/info/lang.html).
//
// Names are escaped, so that no path of a repository can end a label or add to
// the drawing.
package draw

import (
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/plain"
)

// Node is a box of the drawing.
type Node struct {
	Label string
	// File tells a file from a service.
	File bool
	// Marked nodes stand out.
	Marked bool
}

// Arrow leads from one node to another, by their places in Drawing.Nodes.
type Arrow struct {
	From, To int
	// Kinds say what the arrow is for.
	Kinds []string
	// Places are where it is declared.
	Places []string
}

// Drawing is a graph to draw.
type Drawing struct {
	Nodes  []Node
	Arrows []Arrow

	index  map[string]int
	arrows map[[2]int]int
}

// Service adds a service, once, and gives its place.
func (d *Drawing) Service(name string, marked bool) int {
	at := d.node("service "+name, Node{Label: name})
	d.Nodes[at].Marked = d.Nodes[at].Marked || marked
	return at
}

// File adds a file, once, and gives its place.
func (d *Drawing) File(path string) int {
	return d.node("file "+path, Node{Label: plain.Path(path), File: true})
}

func (d *Drawing) node(key string, n Node) int {
	if d.index == nil {
		d.index = map[string]int{}
	}
	at, ok := d.index[key]
	if !ok {
		at = len(d.Nodes)
		d.index[key] = at
		d.Nodes = append(d.Nodes, n)
	}
	return at
}

// Edge adds the arrow of an edge between services.
func (d *Drawing) Edge(e monorepo.Edge) {
	d.Arrow(d.Service(e.From, false), d.Service(e.To, false), e.Kind, e.Place.String())
}

// Arrow adds an arrow. Several between the same nodes become one with all their
// kinds and places.
func (d *Drawing) Arrow(from, to int, kind, place string) {
	if d.arrows == nil {
		d.arrows = map[[2]int]int{}
	}
	at, ok := d.arrows[[2]int{from, to}]
	if !ok {
		at = len(d.Arrows)
		d.arrows[[2]int{from, to}] = at
		d.Arrows = append(d.Arrows, Arrow{From: from, To: to})
	}
	a := &d.Arrows[at]
	if !slices.Contains(a.Kinds, kind) {
		a.Kinds = append(a.Kinds, kind)
	}
	if place != "" && !slices.Contains(a.Places, place) {
		a.Places = append(a.Places, place)
	}
}

func (a Arrow) label() string { return strings.Join(a.Kinds, ", ") }
