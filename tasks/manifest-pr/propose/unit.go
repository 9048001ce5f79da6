// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// Unit is what one pull request proposes.
type Unit struct {
	// Key names the unit's branch.
	Key string
	// Services are those that it proposes, at least one.
	Services []manifests.Service
}

// Telling is the same repository, of which another log is told. What was read is shared.
func (r *Repository) Telling(log *slog.Logger) *Repository {
	other := *r
	other.Log = log
	return &other
}

// Alone is the unit that proposes one service and is named as it is.
func Alone(s manifests.Service) Unit {
	return Unit{Key: s.Name, Services: []manifests.Service{s}}
}

// All is the key of the unit that proposes all services.
const All = "all"

// RunKey is the key of the unit that proposes what one run built.
func RunKey(revision string) string { return runPrefix + revision[:min(len(revision), 12)] }

const runPrefix = "run-"

// IsGroupKey tells whether a key may be that of a unit of several services.
func IsGroupKey(key string) bool { return key == All || strings.HasPrefix(key, runPrefix) }

// NewUnit is the unit that proposes several services, in the order of their names.
func NewUnit(key string, services ...manifests.Service) Unit {
	u := Unit{Key: key, Services: services}
	u.sort()
	return u
}

func (u Unit) sort() {
	slices.SortFunc(u.Services, func(a, b manifests.Service) int { return strings.Compare(a.Name, b.Name) })
}

func (u Unit) find(service string) (manifests.Service, bool) {
	i := slices.IndexFunc(u.Services, func(s manifests.Service) bool { return s.Name == service })
	if i < 0 {
		return manifests.Service{}, false
	}
	return u.Services[i], true
}

// carry makes a service out of what a branch proposes for it; false when its
// image cannot be read. Its manifests are where the unit knows them to be, or else those edited.
func (u Unit) carry(part Part) (manifests.Service, bool) {
	s, known := u.find(part.Service)
	if !known {
		s.Name = part.Service
		for _, e := range part.Edits {
			s.Paths = append(s.Paths, e.File)
		}
	}
	img, err := manifest.Parse(part.Image)
	img.Tag, img.Digest = cmp.Or(img.Tag, part.bareTag()), cmp.Or(img.Digest, part.Digest)
	s.Commit, s.Image = part.Commit, img
	return s, err == nil
}

// images names what is proposed, as code in Markdown.
func (u Unit) images() string {
	all := make([]string, len(u.Services))
	for i, s := range u.Services {
		all[i] = "`" + s.Image.Reference() + "`"
	}
	return strings.Join(all, ", ")
}

// plan edits the manifests of all services.
func (u Unit) plan(ctx context.Context, from manifests.Source) (manifests.Plan, error) {
	return manifests.Edit(ctx, from, u.Services...)
}
