// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"sync"

	"github.com/google/go-github/v60/github"
)

// memory is what a run has read and need not read again, whatever it proposes.
type memory struct {
	objects  objects
	about    about
	kin      kinships
	past     history
	sources  once[*SourceCommit]         // by id, nil where the forge has none
	ours     once[[]*github.PullRequest] // by base
	heads    once[branch]                // by name and commit
	proposed superseding
	queueing queueing
}

// once remembers values that are read at most once each, by name. Who asks for one that is
// being read waits for it; one that could not be read is asked for again.
type once[T any] struct {
	mu   sync.Mutex
	seen map[string]*slot[T]
}

type slot[T any] struct {
	mu    sync.Mutex
	known bool
	value T
}

func (o *once[T]) get(name string, read func() (T, error)) (T, error) {
	o.mu.Lock()
	if o.seen == nil {
		o.seen = map[string]*slot[T]{}
	}
	s := o.seen[name]
	if s == nil {
		s = &slot[T]{}
		o.seen[name] = s
	}
	o.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known {
		return s.value, nil
	}
	value, err := read()
	if err == nil {
		s.value, s.known = value, true
	}
	return value, err
}
