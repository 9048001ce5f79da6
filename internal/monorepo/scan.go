// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"context"
	"fmt"
	"sync"
)

// Files answers what a commit holds.
type Files interface {
	Tree
	// Walk lists folders and all folders below them at once. A path that is no
	// folder has no key in the answer, which may tell of other folders too and
	// is not to be changed.
	Walk(ctx context.Context, dirs []string) (map[string][]Item, error)
	// Read reads several files at once; what is no regular file has no key in
	// the answer.
	Read(ctx context.Context, paths []string) (map[string][]byte, error)
	// Links reads where several symlinks lead, as written; what is no symlink
	// has no key in the answer.
	Links(ctx context.Context, paths []string) (map[string]string, error)
}

// deriver is one of the readers that find out what services are made of.
//
// Scan works in rounds, so that what it costs in requests does not grow with
// the number of services or readers. In each round every reader says what it
// wants next; all of it is asked for at once, and the next round begins with
// what came. A reader may say the same again: what is known, or known to be
// absent, is not asked for twice. The rounds end when nobody wants anything
// new. Then each reader adds to the graph what it found.
//
// Readers look at what is known side by side, for parsing takes most of the time.
//
// A reader that cannot understand a file tells so with builder.fault, which
// makes all services affected; it never leaves the file out in silence.
type deriver interface {
	// next looks at what is known and names what is wanted beside it.
	next(k *known) wants
	// finish adds inputs, edges and faults to the graph.
	finish(b *builder)
}

// builder is a graph in the making.
type builder struct {
	*Graph
	// known is all that was read.
	known *known
	// owners names the services of a folder, which may hold several Dockerfiles.
	owners map[string][]string
}

func (b *builder) input(service string, in Input) {
	b.Inputs[service] = append(b.Inputs[service], in)
}

func (b *builder) edge(e Edge) { b.Edges[e.From] = append(b.Edges[e.From], e) }

func (b *builder) fault(file string, err error) { b.Faults = append(b.Faults, Fault{file, err}) }

// Scan reads what the services of a commit are made of. A file that cannot be
// understood is a Fault in the graph, not an error.
func Scan(ctx context.Context, c *Config, s Services, files Files) (*Graph, error) {
	g := &Graph{Config: c, Services: s.indexed(), Inputs: map[string][]Input{}, Edges: map[string][]Edge{}}
	b := &builder{Graph: g, known: newKnown(), owners: map[string][]string{}}
	for _, svc := range s.All {
		b.owners[svc.Path] = append(b.owners[svc.Path], svc.Name)
	}
	err := b.rounds(ctx, files, c.derivers(s.All))
	if err == nil && c.Derives("links") {
		err = b.rounds(ctx, files, []deriver{newLinks(g)})
	}
	if err != nil {
		return nil, fmt.Errorf("reading what services are made of: %w", err)
	}
	g.index = g.indexed()
	return g, nil
}

// rounds lets readers read until none wants more, and then finish in order.
func (b *builder) rounds(ctx context.Context, files Files, readers []deriver) error {
	for more := true; more; {
		var w wants
		found := make([]wants, len(readers))
		var looking sync.WaitGroup
		for i, r := range readers {
			looking.Go(func() { found[i] = r.next(b.known) })
		}
		looking.Wait()
		for _, f := range found {
			w.add(f)
		}
		var err error
		if more, err = b.known.ask(ctx, files, w); err != nil {
			return err
		}
	}
	for _, r := range readers {
		r.finish(b)
	}
	return nil
}
