// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"slices"
)

// declared is what is known of services without reading a file of theirs. Their
// folders are listed in the first round where links in them are to be followed.
type declared struct {
	config   *Config
	services []Service
}

func (d *declared) next(*known) wants {
	var w wants
	for _, s := range d.services {
		if d.config.Derives("links") {
			w.trees = append(w.trees, s.Path)
		}
	}
	return w
}

// finish adds each service's folder, its Dockerfile, what .dockerignore takes
// out of the context, and dependsOn. Of a service that is gone, what was its
// folder still counts for those that depend on it.
func (d *declared) finish(b *builder) {
	gone := map[string]string{}
	for _, e := range d.config.List {
		if slices.Contains(b.Services.Gone, e.Name) {
			gone[e.Name] = e.Path
		}
	}
	for _, s := range d.services {
		b.input(s.Name, Input{Root: s.Path, Kind: "folder", Place: Place{File: s.Path}})
		for _, file := range []string{s.Dockerfile, s.Dockerfile + ".dockerignore", path.Join(s.Context, ".dockerignore")} {
			if _, inside := within(s.Path, file); !inside {
				b.input(s.Name, Input{Root: file, Kind: "dockerfile", Place: Place{File: file}})
			}
		}
		for _, dep := range s.DependsOn {
			place := Place{d.config.File, s.Lines["dependsOn "+dep]}
			if folder := gone[dep]; folder != "" {
				b.input(s.Name, Input{Root: folder, Kind: "inputs", Place: place})
				continue
			}
			b.edge(Edge{s.Name, dep, "dependsOn", place})
		}
	}
}
