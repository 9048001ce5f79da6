// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/adze-ci/adze/internal/monorepo"
)

// none finds that there is nothing to build at all.
func (r *repository) none() []finding {
	if len(r.services.All)+len(r.services.Gone) > 0 {
		return nil
	}
	return []finding{{Severity: isError, Rule: "no-service", File: cmp.Or(r.config.File, "."),
		Message: "there is no service; discover or list a folder with a Dockerfile"}}
}

// overlaps finds services whose folders are the same or lie in each other.
func (r *repository) overlaps() []finding {
	byPath := map[string][]monorepo.Service{}
	for _, s := range r.services.All {
		byPath[s.Path] = append(byPath[s.Path], s)
	}
	var all []finding
	for _, s := range r.services.All {
		for _, other := range byPath[s.Path] {
			if s.Name < other.Name {
				f := r.at(other, "path")
				f.Rule = "same-folder"
				f.Message = fmt.Sprintf("services %s and %s have one folder, %s, so each change in it affects both; give each a folder of its own, or take files away with ! in inputs", s.Name, other.Name, s.Path)
				all = append(all, f)
			}
		}
		for dir := s.Path; dir != "."; {
			dir = path.Dir(dir)
			for _, outer := range byPath[dir] {
				f := r.at(s, "path")
				f.Rule = "nested-folder"
				f.Message = fmt.Sprintf("service %s lies in the folder of %s, %s, so each of its changes affects %s too; if that is not meant, give %s the inputs [\"!%s/**\"]", s.Name, outer.Name, outer.Path, outer.Name, outer.Name, s.Path)
				all = append(all, f)
			}
		}
	}
	return all
}

// images finds services that are pushed to one repository.
func (r *repository) images() []finding {
	first := map[string]string{}
	var all []finding
	for _, s := range r.services.All {
		if other, ok := first[s.Image]; ok {
			f := r.at(s, "image")
			f.Severity, f.Rule = isError, "same-image"
			f.Message = fmt.Sprintf("services %s and %s are pushed to one image, %s, where each would replace the other; give one of them another image", other, s.Name, s.Image)
			all = append(all, f)
			continue
		}
		first[s.Image] = s.Name
	}
	return all
}

// dockerfiles finds listed services without a Dockerfile, and Dockerfiles
// without a service.
func (r *repository) dockerfiles() []finding {
	var all []finding
	owned := map[string]bool{}
	for _, s := range r.services.All {
		owned[s.Dockerfile] = true
		if _, ok := r.entries[s.Dockerfile]; !ok {
			all = append(all, r.withoutDockerfile(s.Name, s.Dockerfile))
		}
	}
	for _, name := range r.services.Gone {
		all = append(all, r.withoutDockerfile(name, "its Dockerfile"))
	}
	for _, file := range r.files {
		if isDockerfile(path.Base(file)) && !owned[file] && !r.config.Ignore.Has(file) {
			all = append(all, finding{Severity: isWarning, Rule: "unowned-dockerfile", File: file,
				Message: "no service is built from this Dockerfile; discover or list its folder, or name the file in ignore"})
		}
	}
	return all
}

func (r *repository) withoutDockerfile(name, file string) finding {
	f := finding{Severity: isError, Rule: "missing-dockerfile", Service: name, File: r.config.File,
		Message: fmt.Sprintf("service %s is listed, and %s is not in the repository, so it is never built; correct path or dockerfile, or take the entry out", name, file)}
	for _, e := range r.config.List {
		if e.Name == name {
			f.Line, f.Column = e.Line, r.config.Column(e.Line, "")
		}
	}
	return f
}

// isDockerfile tells a Dockerfile by its name, as editors do.
func isDockerfile(name string) bool {
	return name == "Dockerfile" || strings.HasSuffix(name, ".Dockerfile") ||
		strings.HasPrefix(name, "Dockerfile.") && !strings.HasSuffix(name, ".dockerignore")
}

// manifests finds folders and files of manifests that are not there.
func (r *repository) manifests() []finding {
	var all []finding
	for _, s := range r.services.All {
		for _, m := range s.Manifests {
			if _, ok := r.entries[m]; ok || r.folders[m] {
				continue
			}
			f := r.at(s, "manifests "+m, "manifests")
			f.Rule = "missing-manifests"
			f.Message = fmt.Sprintf("the manifests %s of service %s are not in this repository, so nothing tells from here what is deployed; correct the path, unless they are in a repository of their own", m, s.Name)
			all = append(all, f)
		}
	}
	return all
}
