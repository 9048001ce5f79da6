// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/adze-ci/adze/internal/manifest"
)

// finding is what one file holds for one group.
type finding struct {
	manifest.Result
	before []byte
	left   []manifest.Left
	err    error
}

// content is a file on its way to be searched.
type content struct {
	n    int
	text []byte
	err  error
}

// look reads the files one after the other, and searches them on all processors:
// what each holds for each group, nil where it does not concern it.
func look(ctx context.Context, from Source, files []File, work []*group) [][]*finding {
	found := make([][]*finding, len(files))
	queue := make(chan content, 64)
	var searching sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		searching.Go(func() {
			for c := range queue {
				found[c.n] = search(files[c.n], c, work)
			}
		})
	}
	for n, f := range files {
		text, err := read(ctx, from, f)
		queue <- content{n, text, err}
	}
	close(queue)
	searching.Wait()
	return found
}

// read reads a file. A link that cannot be followed reads as empty.
func read(ctx context.Context, from Source, f File) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	text, err := from.Read(ctx, f)
	if err != nil && f.Link == "" {
		return nil, fmt.Errorf("reading %s: %w", f.Path, err)
	}
	return text, nil
}

// search searches one file for all groups that it may concern. Nothing is
// written but what it returns.
func search(f File, c content, work []*group) []*finding {
	found := make([]*finding, len(work))
	m := manifest.Open(f.Path, c.text)
	for i, g := range work {
		if scope := g.scope(f); len(scope) > 0 {
			found[i] = find(m, c, scope)
		}
	}
	return found
}

// find searches a file for one group. Only a file that changes is kept in memory.
func find(m *manifest.Manifest, c content, scope []*searching) *finding {
	if c.err != nil {
		return &finding{err: c.err}
	}
	res, err := m.Set(wants(scope)...)
	x := &finding{Result: res, left: res.Left, err: err}
	if len(res.Changes) > 0 {
		x.before = c.text
	} else {
		x.Content = nil
	}
	if res.Templated && len(x.left) == 0 {
		x.left = templated(m, scope)
	}
	return x
}

// templated are the services that a file mentions which is no YAML before it is rendered.
func templated(m *manifest.Manifest, scope []*searching) []manifest.Left {
	var left []manifest.Left
	for _, s := range scope {
		if alone, err := m.Set(s.want()); err == nil && alone.Templated {
			left = append(left, manifest.Left{Service: s.Name, Reason: "holds template braces; keep the image in a values file"})
		}
	}
	return left
}

func (s *searching) want() manifest.Want { return manifest.Want{Service: s.Name, Image: s.Image} }

func wants(scope []*searching) []manifest.Want {
	all := make([]manifest.Want, len(scope))
	for i, s := range scope {
		all[i] = s.want()
	}
	return all
}
