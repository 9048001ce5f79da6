// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// flights are the blobs that a client brings into registries, or has brought:
// who wants to bring one that is under way waits, and mounts it from there.
type flights struct {
	mu   sync.Mutex
	each map[place]*flight
}

// place is a blob in a registry, in whichever of its repositories.
type place struct {
	registry string
	digest   v1.Hash
}

type flight struct {
	done chan struct{}
	// repo has the blob; nil when it could not be brought.
	repo *name.Repository
}

// claim waits until nobody else brings the blob. It gives the repository that
// has it by then, or none and a function that must be told the outcome.
func (f *flights) claim(ctx context.Context, repo name.Repository, digest v1.Hash) (has *name.Repository, end func(error), err error) {
	key := place{repo.RegistryStr(), digest}
	for {
		mine := &flight{done: make(chan struct{})}
		theirs := f.enter(key, mine)
		if theirs == nil {
			return nil, func(err error) { f.leave(key, mine, repo, err) }, nil
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-theirs.done:
		}
		if theirs.repo != nil {
			return theirs.repo, func(error) {}, nil
		}
	}
}

// enter gives the flight that there is, or else begins one.
func (f *flights) enter(key place, mine *flight) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if theirs, ok := f.each[key]; ok {
		return theirs
	}
	if f.each == nil {
		f.each = map[place]*flight{}
	}
	f.each[key] = mine
	return nil
}

func (f *flights) leave(key place, mine *flight, repo name.Repository, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		mine.repo = &repo
	} else {
		delete(f.each, key)
	}
	close(mine.done)
}
