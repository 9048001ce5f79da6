// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"slices"
	"strings"
)

// links follows the symlinks among what services are made of, as the other
// readers found it. A link that leads out of the repository is left alone: what
// it leads to is in no commit.
type links struct {
	graph *Graph
	// found are what the links of each service lead to.
	found map[string][]Input
}

func newLinks(g *Graph) *links { return &links{graph: g} }

// next follows all links anew, as far as is known.
func (l *links) next(k *known) wants {
	var w wants
	l.found = map[string][]Input{}
	all := k.allLinks()
	for _, s := range l.graph.Services.All {
		f := follower{service: s, known: k, links: all, wants: &w, seen: map[string]bool{}, times: map[string]int{}}
		f.told = l.graph.Inputs[s.Name]
		f.todo = slices.Concat(f.told, patternInputs(s))
		for len(f.todo) > 0 {
			in := f.todo[0]
			f.todo = f.todo[1:]
			f.input(in)
		}
		l.found[s.Name] = f.found
	}
	return w
}

func (l *links) finish(b *builder) {
	for _, s := range l.graph.Services.All {
		for _, in := range l.found[s.Name] {
			b.input(s.Name, in)
		}
	}
}

// patternInputs are the declared inputs of a service, without what they take away.
func patternInputs(s Service) []Input {
	var all []Input
	for _, p := range s.Inputs {
		if !p.Not {
			all = append(all, Input{Pattern: &p, Kind: "inputs"})
		}
	}
	return all
}

// follower follows the links of one service.
type follower struct {
	service Service
	known   *known
	// links are all that are known, in their order.
	links []string
	wants *wants
	// told are the inputs of other readers, todo those to look at, found those
	// that links lead to.
	told, todo, found []Input
	// seen are the roots that were looked at whole, and the links followed.
	seen map[string]bool
	// times counts how often a link was followed.
	times map[string]int
}

// input looks at one input: at the links on the way to it, and at those in it.
func (f *follower) input(in Input) {
	root := in.folder()
	if whole := !in.Flat && in.Except == nil && in.Pattern == nil; whole {
		if f.seen[root] {
			return
		}
		f.seen[root] = true
	}
	link, rest, ok := f.known.onTheWay(root, f.wants)
	switch {
	case !ok || link != "" && in.Kind == "import": // whose reader goes by links itself
		return
	case link != "":
		f.add(Input{Root: link, Kind: "link", Place: Place{File: link}}) // in itself
		f.follow(link, rest)
		return
	}
	if in.Flat {
		f.wants.dirs = append(f.wants.dirs, root)
	} else {
		f.wants.trees = append(f.wants.trees, root)
	}
	for _, link := range below(f.links, root) {
		if p := f.service.Inputs.Match(link); in.match(link) && (p == nil || !p.Not) {
			f.follow(link, "")
		}
	}
}

// follow makes what a link leads to, and the rest of a path below that, an input.
func (f *follower) follow(link, rest string) {
	if f.times[link]++; f.times[link] > mostLinks {
		rest = "" // a link that leads below itself has no end of paths
	}
	if f.seen[link+"//"+rest] {
		return
	}
	f.seen[link+"//"+rest] = true
	if target, ok := f.known.target(link, f.wants); ok {
		in := Input{Root: path.Join(target, rest), Kind: "link", Place: Place{File: link}}
		if f.add(in) {
			f.todo = append(f.todo, in)
		}
	}
}

// add adds an input unless it lies in one that the service has.
func (f *follower) add(in Input) bool {
	covers := func(other Input) bool {
		_, inside := within(other.Root, in.Root)
		return inside && !other.Flat && other.Except == nil && other.Pattern == nil
	}
	if slices.ContainsFunc(f.told, covers) || slices.ContainsFunc(f.found, covers) {
		return false
	}
	f.found = append(f.found, in)
	return true
}

// below are the links in a folder, or the one at a path, among all in their order.
func below(links []string, root string) []string {
	if root == "." {
		return links
	}
	from, _ := slices.BinarySearch(links, root+"/")
	to := from
	for to < len(links) && strings.HasPrefix(links[to], root+"/") {
		to++
	}
	return links[from:to]
}

// allLinks are the symlinks in all folders that are known, in their order.
func (k *known) allLinks() []string {
	var all []string
	for dir, items := range k.dirs {
		for _, item := range items {
			if item.Link {
				all = append(all, path.Join(dir, item.Name))
			}
		}
	}
	slices.Sort(all)
	return all
}

// onTheWay finds the first symlink on a path, and what of the path comes behind
// it; none where the path is a plain one. It is not ok while something is
// wanted for that.
func (k *known) onTheWay(file string, w *wants) (link, rest string, ok bool) {
	if file == "." || file == ".." || strings.HasPrefix(file, "../") {
		return "", "", true
	}
	dir := "."
	for rest := file; rest != ""; {
		var name string
		name, rest, _ = strings.Cut(rest, "/")
		if !k.listed(dir) {
			w.dirs = append(w.dirs, dir)
			return "", "", false
		}
		items, _ := k.list(dir)
		dir = path.Join(dir, name)
		if slices.Contains(items, Item{Name: name, Link: true}) {
			return dir, rest, true
		}
	}
	return "", "", true
}

// target is where a symlink leads in the repository. It is not ok where it
// leads out, or while it is wanted.
func (k *known) target(link string, w *wants) (string, bool) {
	to, read := k.links[link]
	if !read {
		w.links = append(w.links, link)
	}
	if to == nil || path.IsAbs(*to) || *to == "" {
		return "", false
	}
	full := path.Join(path.Dir(link), *to)
	return full, full != ".." && !strings.HasPrefix(full, "../")
}

// mostLinks is how many links in a row are followed, as in Linux (path_resolution(7)).
const mostLinks = 40

// real is where a file is behind all links on its way; there is no answer while
// something is wanted for it, or where the way leads out or round.
func (k *known) real(file string, w *wants) (string, bool) {
	for range mostLinks {
		link, rest, ok := k.onTheWay(file, w)
		if !ok || link == "" {
			return file, ok
		}
		target, ok := k.target(link, w)
		if !ok {
			return "", false
		}
		file = path.Join(target, rest)
	}
	return "", false
}
