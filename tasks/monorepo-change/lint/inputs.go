// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"
	"path"
	"strings"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
)

// wideCopies finds Dockerfiles that copy the whole of a context, or a folder in
// which the service's own lies among others.
func (r *repository) wideCopies() []finding {
	var all []finding
	for _, s := range r.services.All {
		for _, in := range r.graph.Inputs[s.Name] {
			if in.Kind != "copy" || !wide(s, copied(in)) {
				continue
			}
			files, foreign := r.taken(s, in)
			if foreign == 0 {
				continue
			}
			all = append(all, finding{Severity: isWarning, Rule: "wide-copy", Service: s.Name, File: in.Place.File, Line: in.Place.Line,
				Message: fmt.Sprintf("all of the folder %s is copied, so that %s are inputs of service %s, %d of them outside of its own folder; copy what the build needs, or take the rest away in .dockerignore or with ! in inputs", copied(in), plural(files, "file"), s.Name, foreign)})
		}
	}
	return all
}

// copied is the folder that an input takes whole; empty for none.
func copied(in monorepo.Input) string {
	if in.Pattern == nil {
		return in.Root
	}
	if dir, name := path.Split(in.Pattern.Text); name == "*" {
		return path.Clean("." + dir)
	}
	return ""
}

func wide(s monorepo.Service, folder string) bool {
	return folder != "" && (folder == s.Context || folder == "." || strings.HasPrefix(s.Path, folder+"/"))
}

// taken counts the files that are a service's by one input, and those of them
// that lie outside of its folder.
func (r *repository) taken(s monorepo.Service, in monorepo.Input) (files, foreign int) {
	for _, file := range r.below(copied(in)) {
		if p := s.Inputs.Match(file); !in.Has(file) || p != nil && p.Not {
			continue
		}
		files++
		if s.Path != "." && !strings.HasPrefix(file, s.Path+"/") {
			foreign++
		}
	}
	return files, foreign
}

// cycles finds services that depend on each other.
func (r *repository) cycles() []finding {
	var all []finding
	for _, c := range r.graph.Cycles() {
		e := c.Edges[0]
		all = append(all, finding{Severity: isWarning, Rule: "cycle", File: e.File, Line: e.Line,
			Message: fmt.Sprintf("services %s depend on each other, so that a change of one affects all: %s; if that is not meant, take one edge out", some(c.Services), c)})
	}
	return all
}

// maxNames is how many services are named one by one.
const maxNames = 10

func some(names []string) string {
	if n := len(names) - maxNames; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), n)
	}
	return strings.Join(names, ", ")
}

// faults finds files that cannot be understood.
func (r *repository) faults() []finding {
	var all []finding
	for _, f := range r.graph.Faults {
		all = append(all, finding{Severity: isError, Rule: "not-understood", File: f.File,
			Message: fmt.Sprintf("while this cannot be understood every change affects all services; correct it: %v", f.Err)})
	}
	return all
}

// strangers finds among the inputs of services what a build does not get:
// submodules, files in Git LFS, and what links outside of the repository lead to.
func (r *repository) strangers() []finding {
	var all []finding
	for _, file := range r.files {
		f, is := r.stranger(file)
		if !is {
			continue
		}
		if owners := r.graph.Owners(file); len(owners) > 0 {
			f.File = file
			f.Message = fmt.Sprintf("%s, and it is an input of %s; if the build does not need it, take it away there with inputs [\"!%s\"]", f.Message, some(owners), file)
			all = append(all, f)
		}
	}
	return all
}

// stranger tells what is odd about a file.
func (r *repository) stranger(file string) (finding, bool) {
	switch mode := r.entries[file].Mode; {
	case mode == gitx.Gitlink:
		return finding{Severity: isError, Rule: "submodule", Message: "this is a submodule, which is not fetched"}, true
	case mode == gitx.Symlink:
		switch end, there := r.resolve(file); {
		case end == outside:
			return finding{Severity: isWarning, Rule: "link-outside", Message: "this symlink leads out of the repository, to " + r.links[file] + ", which no commit holds"}, true
		case !there:
			return finding{Severity: isWarning, Rule: "link-nowhere", Message: "this symlink leads nowhere, to " + r.links[file]}, true
		}
	case r.lfs.has(file):
		return finding{Severity: isError, Rule: "lfs", Message: "this file is kept in Git LFS by .gitattributes, which is not fetched"}, true
	}
	return finding{}, false
}

// outside is where a link leads that leaves the repository.
const outside = ".."

// mostLinks is how many links in a row are followed, as Linux does
// (path_resolution(7)).
const mostLinks = 40

// resolve follows a symlink, and those on its way, to a file or folder.
func (r *repository) resolve(file string) (end string, there bool) {
	for range mostLinks {
		link, rest := r.firstLink(file)
		if link == "" {
			_, is := r.entries[file]
			return file, is || r.folders[file]
		}
		target := r.links[link]
		if file = path.Join(path.Dir(link), target, rest); path.IsAbs(target) || file == ".." || strings.HasPrefix(file, "../") {
			return outside, false
		}
	}
	return file, false
}

// firstLink is the first symlink on a path, and what comes behind it.
func (r *repository) firstLink(file string) (link, rest string) {
	for i := 0; i <= len(file); i++ {
		if i < len(file) && file[i] != '/' {
			continue
		}
		if r.entries[file[:i]].Mode == gitx.Symlink {
			return file[:i], strings.TrimPrefix(file[i:], "/")
		}
	}
	return "", ""
}
