// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Services are the services that a commit holds.
type Services struct {
	// All are the services with a Dockerfile in the tree, by name.
	All []Service
	// Gone names the listed services whose Dockerfile is not in the tree.
	Gone []string
}

// Get finds a service by name.
func (s Services) Get(name string) (Service, bool) {
	for _, svc := range s.All {
		if svc.Name == name {
			return svc, true
		}
	}
	return Service{}, false
}

// Nearest is the name of a service that a misspelt one most likely means; empty
// when none is near.
func (s Services) Nearest(name string) string {
	var names []string
	for _, svc := range s.All {
		names = append(names, svc.Name)
	}
	return nearest(name, names)
}

// Resolve finds the services in a commit's tree. Its errors about the file are *Error.
func (c *Config) Resolve(ctx context.Context, tree Tree) (Services, error) {
	found, err := holders(ctx, tree, c.Discover)
	if err != nil {
		return Services{}, fmt.Errorf("discovering services: %w", err)
	}
	entries, err := c.merge(found)
	if err != nil {
		return Services{}, err
	}
	var all []Service
	for _, e := range entries {
		all = append(all, c.service(e))
	}
	slices.SortFunc(all, func(a, b Service) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Path, b.Path))
	})
	s, err := c.present(ctx, tree, all)
	if err != nil {
		return Services{}, err
	}
	return s, c.check(s)
}

// merge lays the listed services over the discovered folders.
func (c *Config) merge(found []string) ([]Entry, error) {
	byPath := map[string]Entry{}
	names := folderNames(found)
	for _, dir := range found {
		byPath[dir] = Entry{Name: names[dir], Path: dir}
	}
	var entries []Entry
	for _, e := range c.List {
		if e.Path == "" {
			for _, dir := range found {
				if names[dir] == e.Name {
					e.Path = dir
				}
			}
		}
		if e.Path == "" {
			return nil, c.fault(e.Line, "service %q was not discovered, so it needs a path", e.Name)
		}
		delete(byPath, e.Path)
		entries = append(entries, e)
	}
	for _, dir := range found {
		if e, ok := byPath[dir]; ok {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// folderNames names each discovered folder: by its last word, or by its whole
// path where two end alike.
func folderNames(found []string) map[string]string {
	count := map[string]int{}
	for _, dir := range found {
		count[path.Base(dir)]++
	}
	names := map[string]string{}
	for _, dir := range found {
		switch {
		case dir == ".":
			names[dir] = "root"
		case count[path.Base(dir)] > 1:
			names[dir] = strings.ReplaceAll(dir, "/", "-")
		default:
			names[dir] = path.Base(dir)
		}
	}
	return names
}

// service fills in the defaults.
func (c *Config) service(e Entry) Service {
	s := Service{
		Name: e.Name, Path: e.Path, Context: e.Context, Target: e.Target, Inputs: e.Inputs,
		BuildArgs: e.BuildArgs, DependsOn: e.DependsOn, Manifests: e.Manifests, Lines: e.Lines,
	}
	if s.Context == "" {
		s.Context = s.Path
	}
	if e.Dockerfile == "" {
		e.Dockerfile = "Dockerfile"
	}
	s.Dockerfile = path.Join(s.Path, e.Dockerfile)
	if e.Image == "" {
		e.Image = e.Name
	}
	s.Image = imageName(c.Registry, e.Image)
	return s
}

// imageName puts the registry before an image's name unless that names a
// registry itself, which has a dot or a port, or is localhost.
func imageName(registry, image string) string {
	if registry == "" || hasRegistry(image) {
		return image
	}
	return strings.TrimSuffix(registry, "/") + "/" + image
}

// present keeps the services whose Dockerfile is in the tree.
func (c *Config) present(ctx context.Context, tree Tree, all []Service) (Services, error) {
	var dirs []string
	for _, s := range all {
		dirs = append(dirs, path.Dir(s.Dockerfile))
	}
	listed, err := tree.List(ctx, dirs)
	if err != nil {
		return Services{}, fmt.Errorf("looking for Dockerfiles: %w", err)
	}
	var out Services
	for _, s := range all {
		if holds(listed[path.Dir(s.Dockerfile)], path.Base(s.Dockerfile)) {
			out.All = append(out.All, s)
		} else {
			out.Gone = append(out.Gone, s.Name)
		}
	}
	return out, nil
}

// check looks for faults that only show once all services are known.
func (c *Config) check(s Services) error {
	var errs []error
	seen := map[string]Service{}
	for _, svc := range s.All {
		if other, ok := seen[svc.Name]; ok {
			line := max(svc.Lines["name"], other.Lines["name"])
			errs = append(errs, c.fault(line, "two services are named %q: %s and %s", svc.Name, other.Path, svc.Path))
		}
		seen[svc.Name] = svc
		if !serviceName.MatchString(svc.Name) {
			errs = append(errs, c.fault(0, "folder %s cannot name a service, list it with a name of lower-case letters and digits", svc.Path))
		}
		if strings.HasPrefix(svc.Dockerfile, "../") {
			errs = append(errs, c.fault(svc.Lines["dockerfile"], "dockerfile of service %q lies outside of the repository", svc.Name))
		}
	}
	for _, svc := range s.All {
		for _, dep := range svc.DependsOn {
			if _, ok := seen[dep]; !ok && !slices.Contains(s.Gone, dep) {
				errs = append(errs, c.fault(svc.Lines["dependsOn "+dep], "service %q depends on %q, which is no service%s", svc.Name, dep, meant(s.Nearest(dep))))
			}
		}
	}
	return errors.Join(errs...)
}

func meant(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", near)
}

func (c *Config) fault(line int, format string, args ...any) error {
	file := c.File
	if file == "" {
		file = FileName
	}
	return &Error{File: file, Line: max(line, 1), Column: 1, Message: fmt.Sprintf(format, args...)}
}
