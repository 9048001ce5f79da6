// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads adze.yaml. Its errors are *Error, joined when there are several.
func Parse(file string, data []byte) (*Config, error) {
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &Error{File: file, Line: 1, Column: 1, Message: "the file is empty"}
		}
		return nil, syntaxError(file, err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, &Error{File: file, Line: max(more.Line, 1), Column: 1, Message: "one document is wanted, there is a second"}
	}
	r := &reader{file: file}
	c := r.config(doc.Content[0])
	if c.Discover == nil && c.List == nil {
		c.Discover = Default().Discover
	}
	return c, errors.Join(r.errs...)
}

func (r *reader) config(n *yaml.Node) *Config {
	c := &Config{File: r.file}
	var version, kind string
	r.mapping(n, map[string]func(*yaml.Node){
		"apiVersion": func(n *yaml.Node) { version = r.oneOf(n, APIVersion) },
		"kind":       func(n *yaml.Node) { kind = r.oneOf(n, Kind) },
		"registry":   func(n *yaml.Node) { c.Registry = strings.TrimSuffix(r.text(n), "/") },
		"services":   func(n *yaml.Node) { r.services(n, c) },
		"ignore":     func(n *yaml.Node) { c.Ignore = r.patterns(n) },
		"global":     func(n *yaml.Node) { c.Global = r.patterns(n) },
	})
	if version == "" && len(r.errs) == 0 {
		r.fail(n, "apiVersion is missing, want %s", APIVersion)
	}
	if kind == "" && len(r.errs) == 0 {
		r.fail(n, "kind is missing, want %s", Kind)
	}
	return c
}

func (r *reader) services(n *yaml.Node, c *Config) {
	r.mapping(n, map[string]func(*yaml.Node){
		"discover": func(n *yaml.Node) {
			for _, item := range r.items(n) {
				c.Discover = append(c.Discover, r.glob(item))
			}
		},
		"list": func(n *yaml.Node) {
			names := map[string]bool{}
			for _, item := range r.items(n) {
				e := r.entry(item)
				if names[e.Name] && e.Name != "" {
					r.fail(item, "service %q is listed twice", e.Name)
				}
				names[e.Name] = true
				c.List = append(c.List, e)
			}
		},
	})
}

func (r *reader) entry(n *yaml.Node) Entry {
	e := Entry{Line: n.Line, Lines: map[string]int{}}
	r.lines = e.Lines
	r.mapping(n, map[string]func(*yaml.Node){
		"name":       func(n *yaml.Node) { e.Name = r.name(n) },
		"path":       func(n *yaml.Node) { e.Path = r.path(n) },
		"context":    func(n *yaml.Node) { e.Context = r.path(n) },
		"dockerfile": func(n *yaml.Node) { e.Dockerfile = r.text(n) },
		"image":      func(n *yaml.Node) { e.Image = strings.Trim(r.text(n), "/") },
		"inputs":     func(n *yaml.Node) { e.Inputs = r.patterns(n) },
		"buildArgs":  func(n *yaml.Node) { e.BuildArgs = r.words(n) },
		"target":     func(n *yaml.Node) { e.Target = r.text(n) },
		"dependsOn": func(n *yaml.Node) {
			for _, item := range r.items(n) {
				e.DependsOn = append(e.DependsOn, r.text(item))
				e.Lines["dependsOn "+item.Value] = item.Line
			}
		},
		"manifests": func(n *yaml.Node) {
			for _, item := range r.items(n) {
				e.Manifests = append(e.Manifests, r.path(item))
			}
		},
	})
	r.lines = nil
	if e.Name == "" && len(r.errs) == 0 {
		r.fail(n, "the service has no name")
	}
	return e
}

var serviceName = regexp.MustCompile(`^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$`)

func (r *reader) name(n *yaml.Node) string {
	s := r.text(n)
	if s != "" && !serviceName.MatchString(s) {
		r.fail(n, "service name %q: want lower-case letters and digits, joined by '.', '_' or '-'", s)
	}
	return s
}

func (r *reader) path(n *yaml.Node) string {
	s := r.text(n)
	clean := path.Clean(s)
	if s == "" || path.IsAbs(s) || clean == ".." || strings.HasPrefix(clean, "../") {
		r.fail(n, "path %q: want one inside of the repository, relative to its root", s)
		return ""
	}
	return clean
}

func (r *reader) glob(n *yaml.Node) string {
	s := strings.Trim(r.text(n), "/")
	if _, err := path.Match(s, ""); err != nil || s == "" || strings.HasPrefix(s, "!") {
		r.fail(n, "discover %q: want a glob of folders, for example microservices/*", n.Value)
	}
	return s
}

func (r *reader) patterns(n *yaml.Node) Patterns {
	var ps Patterns
	for _, item := range r.items(n) {
		p, err := ParsePattern(r.text(item))
		if err != nil {
			r.fail(item, "%v", err)
			continue
		}
		ps = append(ps, p)
	}
	return ps
}

func syntaxError(file string, err error) error {
	m := regexp.MustCompile(`line (\d+): (.*)`).FindStringSubmatch(err.Error())
	if m == nil {
		return &Error{File: file, Line: 1, Column: 1, Message: err.Error()}
	}
	e := &Error{File: file, Line: 1, Column: 1, Message: m[2]}
	if _, scanErr := fmt.Sscan(m[1], &e.Line); scanErr != nil {
		e.Message = err.Error()
	}
	return e
}
