// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"context"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/monorepo-change/origin"
)

// earlier is how a base defined its services.
type earlier struct {
	// services are all of them; none where they are the head's.
	services monorepo.Services
	// redefined are those of the head that are new, or built otherwise.
	redefined map[string]monorepo.Cause
}

// historian works the services of bases out of the head's services and of what
// changed since. Only an adze.yaml that differs is read.
type historian struct {
	repo *gitx.Repo
	head *origin.Commit
	file string
	// dockerfiles are the names that Dockerfiles have.
	dockerfiles map[string]bool
	// known are the answers by what they depend on.
	known map[string]earlier
}

func (o *options) historian(repo *gitx.Repo, head *origin.Commit) *historian {
	h := &historian{repo, head, o.origin.Config, map[string]bool{"Dockerfile": true}, map[string]earlier{}}
	for _, e := range head.Config.List {
		h.dockerfiles[path.Base(e.Dockerfile)] = true
	}
	return h
}

// read brings the files adze.yaml of all bases into memory, in two requests,
// where it lies at the root; elsewhere each that differs costs its own.
func (h *historian) read(ctx context.Context, bases []base) error {
	roots := make([]gitx.ID, 0, len(bases))
	for _, b := range bases {
		roots = append(roots, b.Tree)
	}
	trees, err := h.repo.Trees(ctx, roots)
	if err != nil {
		return err
	}
	var files []gitx.ID
	for _, entries := range trees {
		for _, e := range entries {
			if e.Name == h.file && isFile(e) {
				files = append(files, e.ID)
			}
		}
	}
	_, err = h.repo.Blobs(ctx, files)
	return err
}

// earlier is how the base defined its services, given what changed since.
func (h *historian) earlier(ctx context.Context, changes []gitx.Change) (earlier, error) {
	config, key, err := h.config(ctx, changes)
	if err != nil {
		return earlier{}, err
	}
	for _, e := range config.List {
		h.dockerfiles[path.Base(e.Dockerfile)] = true
	}
	for _, c := range changes {
		if h.dockerfiles[path.Base(c.Path)] && c.Old.Mode != c.New.Mode {
			key += "\x00" + c.Path
		}
	}
	if known, ok := h.known[key]; ok || key == "" {
		return known, nil
	}
	was := before{h.head.Files, changes}
	services, err := config.Find(ctx, was)
	if err != nil {
		return earlier{}, step.Misuse("%w", err)
	}
	if err := services.Settle(ctx, was, removed(services, h.head.Services)); err != nil {
		return earlier{}, err
	}
	h.known[key] = earlier{services, redefined(services, h.head)}
	return h.known[key], nil
}

// config is the base's configuration. The key is empty where it is the head's.
func (h *historian) config(ctx context.Context, changes []gitx.Change) (config *monorepo.Config, key string, err error) {
	c, differs := find(changes, h.file)
	switch {
	case !differs:
		return h.head.Config, "", nil
	case c.Old == gitx.Entry{} && h.file == monorepo.FileName:
		config = monorepo.Default()
	case c.Old == gitx.Entry{}:
		return nil, "", fmt.Errorf("%s is not in the repository there", h.file)
	case !isFile(c.Old):
		return nil, "", fmt.Errorf("%s is no regular file there", h.file)
	default:
		texts, err := h.repo.Blobs(ctx, []gitx.ID{c.Old.ID})
		if err != nil {
			return nil, "", err
		}
		if config, err = monorepo.Parse(h.file, texts[c.Old.ID]); err != nil {
			return nil, "", err
		}
	}
	return config, "config " + c.Old.ID.String(), nil
}

func isFile(e gitx.Entry) bool { return e.Mode == gitx.File || e.Mode == gitx.Exec }

// find looks a path up in changes, which are in the order of their paths.
func find(changes []gitx.Change, file string) (gitx.Change, bool) {
	i, ok := slices.BinarySearchFunc(changes, file, func(c gitx.Change, p string) int { return strings.Compare(c.Path, p) })
	if !ok {
		return gitx.Change{}, false
	}
	return changes[i], true
}

// removed are the services that the head has no more.
func removed(base, head monorepo.Services) []string {
	now := byName(head)
	var names []string
	for _, s := range base.All {
		if _, ok := now[s.Name]; !ok {
			names = append(names, s.Name)
		}
	}
	return names
}

func byName(s monorepo.Services) map[string]monorepo.Service {
	m := make(map[string]monorepo.Service, len(s.All))
	for _, svc := range s.All {
		m[svc.Name] = svc
	}
	return m
}

// redefined are the services that are new, or that the configuration builds
// otherwise than at the base. Where a service is deployed does not count.
func redefined(base monorepo.Services, head *origin.Commit) map[string]monorepo.Cause {
	was := byName(base)
	causes := map[string]monorepo.Cause{}
	for _, s := range head.Services.All {
		old, ok := was[s.Name]
		if !ok {
			causes[s.Name] = monorepo.Cause{Note: isNew}
		} else if !reflect.DeepEqual(definition(old), definition(s)) {
			causes[s.Name] = monorepo.Cause{Path: head.Config.File, Note: "its definition changed"}
		}
	}
	return causes
}

// definition is what of a service decides about its image, patterns as written.
func definition(s monorepo.Service) any {
	var inputs []string
	for _, p := range s.Inputs {
		inputs = append(inputs, p.Text)
	}
	s.Manifests, s.Lines, s.Inputs, s.Written = nil, nil, nil, ""
	return []any{s, inputs}
}
