// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"context"
	"fmt"
	"path"
	"slices"
)

// Services are the services that a commit holds.
type Services struct {
	// All are the services with a Dockerfile in the tree, by name; those that
	// Find leaves open among them.
	All []Service
	// Gone names the listed services whose Dockerfile is not in the tree.
	Gone []string

	// open names the services whose Dockerfile nobody has looked for.
	open map[string]bool
	// at is where a service is in All.
	at map[string]int
}

// Get finds a service by name.
func (s Services) Get(name string) (Service, bool) {
	if i, ok := s.at[name]; ok {
		return s.All[i], true
	}
	if s.at != nil {
		return Service{}, false
	}
	i := slices.IndexFunc(s.All, func(svc Service) bool { return svc.Name == name })
	if i < 0 {
		return Service{}, false
	}
	return s.All[i], true
}

// indexed makes Get quick.
func (s Services) indexed() Services {
	s.at = make(map[string]int, len(s.All))
	for i, svc := range s.All {
		s.at[svc.Name] = i
	}
	return s
}

// Nearest is the name of a service that a misspelt one most likely means; empty
// when none is near.
func (s Services) Nearest(name string) string {
	return nearest(name, s.Names())
}

// Names are the names of all services, in their order.
func (s Services) Names() []string {
	names := make([]string, 0, len(s.All))
	for _, svc := range s.All {
		names = append(names, svc.Name)
	}
	return names
}

// Settle looks for the Dockerfiles of services, where Find left that open, and
// moves those that have none from All to Gone.
func (s *Services) Settle(ctx context.Context, tree Tree, names []string) error {
	asked := map[string]bool{}
	for _, name := range names {
		asked[name] = s.open[name]
	}
	var dirs []string
	for _, svc := range s.All {
		if asked[svc.Name] {
			dirs = append(dirs, path.Dir(svc.Dockerfile))
		}
	}
	if len(dirs) == 0 {
		return nil
	}
	listed, err := tree.List(ctx, dirs)
	if err != nil {
		return fmt.Errorf("looking for Dockerfiles: %w", err)
	}
	var there []Service
	for _, svc := range s.All {
		if !asked[svc.Name] || holds(listed[path.Dir(svc.Dockerfile)], path.Base(svc.Dockerfile)) {
			there = append(there, svc)
		} else {
			s.Gone = append(s.Gone, svc.Name)
		}
	}
	for name := range asked {
		delete(s.open, name)
	}
	s.All = there
	slices.Sort(s.Gone)
	*s = s.indexed()
	return nil
}
