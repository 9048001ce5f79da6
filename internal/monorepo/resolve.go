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

// Resolve finds the services in a commit's tree. Its errors about the file are *Error.
func (c *Config) Resolve(ctx context.Context, tree Tree) (Services, error) {
	s, err := c.Find(ctx, tree)
	if err != nil {
		return Services{}, err
	}
	return s, s.Settle(ctx, tree, s.Names())
}

// Find finds the services in a commit's tree. Where adze.yaml lists them and
// switches all readers off, no folder is looked into, so that All names the
// listed services whether their Dockerfiles are there or not, until Settle looks.
func (c *Config) Find(ctx context.Context, tree Tree) (Services, error) {
	found, err := holders(ctx, tree, c.Discover, c.Derives("links"))
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
	s := Services{All: all, open: map[string]bool{}}
	for _, name := range s.Names() {
		s.open[name] = true
	}
	if !c.declares() {
		if err := s.Settle(ctx, tree, s.Names()); err != nil {
			return Services{}, err
		}
	}
	return s.indexed(), c.check(s)
}

// declares tells whether what services are made of is in adze.yaml alone.
func (c *Config) declares() bool {
	return len(c.Discover) == 0 && !slices.ContainsFunc(Derivable(), c.Derives)
}

// merge lays the listed services over the discovered folders.
func (c *Config) merge(found []string) ([]Entry, error) {
	byPath, byName := map[string]Entry{}, map[string]string{}
	names := folderNames(found)
	for _, dir := range found {
		byPath[dir] = Entry{Name: names[dir], Path: dir}
		byName[names[dir]] = dir
	}
	var entries []Entry
	for _, e := range c.List {
		if e.Path == "" {
			e.Path = byName[e.Name]
		}
		if e.Path == "" {
			return nil, c.fault(e.Line, "", "service %q was not discovered, so it needs a path", e.Name)
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
	s.Written = cmp.Or(e.Image, e.Name)
	s.Image = imageName(c.Registry, s.Written)
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

// check looks for faults that only show once all services are known.
func (c *Config) check(s Services) error {
	var errs []error
	seen := map[string]Service{}
	for _, svc := range s.All {
		if other, ok := seen[svc.Name]; ok {
			line := max(svc.Lines["name"], other.Lines["name"])
			errs = append(errs, c.fault(line, "name", "two services are named %q: %s and %s", svc.Name, other.Path, svc.Path))
		}
		seen[svc.Name] = svc
		if !serviceName.MatchString(svc.Name) {
			errs = append(errs, c.fault(0, "", "folder %s cannot name a service, list it with a name of lower-case letters and digits", svc.Path))
		}
		if strings.HasPrefix(svc.Dockerfile, "../") {
			errs = append(errs, c.fault(svc.Lines["dockerfile"], "dockerfile", "dockerfile of service %q lies outside of the repository", svc.Name))
		}
	}
	for _, svc := range s.All {
		for _, dep := range svc.DependsOn {
			if _, ok := seen[dep]; !ok && !slices.Contains(s.Gone, dep) {
				errs = append(errs, c.fault(svc.Lines["dependsOn "+dep], "dependsOn "+dep, "service %q depends on %q, which is no service%s", svc.Name, dep, meant(s.Nearest(dep))))
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

func (c *Config) fault(line int, key, format string, args ...any) error {
	file := c.File
	if file == "" {
		file = FileName
	}
	return &Error{File: file, Line: max(line, 1), Column: max(c.Column(line, key), 1), Message: fmt.Sprintf(format, args...)}
}
