// SPDX-License-Identifier: Apache-2.0

package deployed

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/internal/monorepo"
)

// use is a manifest's reference to a service's image.
type use struct {
	file string
	manifest.Reference
}

func (u use) place() string { return monorepo.Place{File: u.file, Line: u.Line}.String() }

// ledger is what manifests say of services.
type ledger struct {
	services []monorepo.Service
	// roots are the files and folders of each service's manifests.
	roots map[string][]string
	// byImage names the services of an image's repository.
	byImage map[string][]string
	uses    map[string][]use
	// doubts say why the uses of a service are not all that there are.
	doubts map[string]string
}

func newLedger(services []monorepo.Service, paths []string) *ledger {
	l := &ledger{
		services: services, roots: map[string][]string{}, byImage: map[string][]string{},
		uses: map[string][]use{}, doubts: map[string]string{},
	}
	for _, s := range services {
		from := s.Manifests
		if len(from) == 0 {
			from = paths
		}
		for _, p := range from {
			l.roots[s.Name] = append(l.roots[s.Name], clean(p))
		}
		l.byImage[s.Image] = append(l.byImage[s.Image], s.Name)
	}
	return l
}

// read reads all manifests, in one request for their contents.
func (l *ledger) read(ctx context.Context, at *gitx.Snapshot) error {
	files, err := at.Walk(ctx, l.allRoots())
	if err != nil {
		return err
	}
	maps.DeleteFunc(files, func(file string, e gitx.Entry) bool {
		return !manifest.IsManifest(file) || e.Mode != gitx.File && e.Mode != gitx.Exec
	})
	paths := slices.Sorted(maps.Keys(files))
	texts, err := at.Read(ctx, paths)
	if err != nil {
		return err
	}
	for _, file := range paths {
		l.note(file, texts[file])
	}
	return nil
}

func (l *ledger) allRoots() []string {
	all := map[string]bool{}
	for _, roots := range l.roots {
		for _, r := range roots {
			all[r] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// note takes down what one manifest says.
func (l *ledger) note(file string, text []byte) {
	if manifest.Templated(text) {
		l.doubtful(file, text, func(s monorepo.Service) string { return s.Image }, file+" names its image between template braces")
		return
	}
	refs, err := manifest.References(file, text, func(repository string) bool { return l.byImage[repository] != nil })
	if err != nil {
		l.doubtful(file, text, func(s monorepo.Service) string { return path.Base(s.Image) }, err.Error())
		return
	}
	for _, ref := range refs {
		names := l.byImage[ref.Repository]
		if ref.Service != "" {
			names = []string{ref.Service}
		}
		for _, name := range names {
			if l.owns(name, file) {
				l.uses[name] = append(l.uses[name], use{file, l.complete(name, ref)})
			}
		}
	}
}

// complete gives the repository of a version that stands alone and is marked
// for a service.
func (l *ledger) complete(service string, ref manifest.Reference) manifest.Reference {
	for _, s := range l.services {
		if s.Name == service && ref.Repository == "" {
			ref.Repository = s.Image
		}
	}
	return ref
}

// doubtful says of the services of a file that mentions them in a way that
// cannot be read why what is deployed is not known.
func (l *ledger) doubtful(file string, text []byte, word func(monorepo.Service) string, why string) {
	for _, s := range l.services {
		if l.doubts[s.Name] == "" && l.owns(s.Name, file) && manifest.Mentions(text, word(s)) {
			l.doubts[s.Name] = why
		}
	}
}

func (l *ledger) owns(service, file string) bool {
	return slices.ContainsFunc(l.roots[service], func(root string) bool {
		return root == "." || root == file || strings.HasPrefix(file, root+"/")
	})
}
