// SPDX-License-Identifier: Apache-2.0

package monorepo

// parsed keeps what files say, so that each is read once for all services.
type parsed[T any] struct {
	parse func(file string, data []byte) (*T, error)
	found map[string]*T
}

func newParsed[T any](parse func(file string, data []byte) (*T, error)) *parsed[T] {
	return &parsed[T]{parse, map[string]*T{}}
}

// get is what a file says; nil where it is not there, not known yet, or cannot
// be understood, which is a fault.
func (p *parsed[T]) get(w *walk, file string) *T {
	if value, ok := p.found[file]; ok {
		return value
	}
	text, there := w.text(file)
	if !there {
		return nil
	}
	value, err := p.parse(file, text)
	if err != nil {
		value = nil
		w.fault(file, err)
	}
	p.found[file] = value
	return value
}

// shared is what several services' searches gather together, once each round
// until all is known.
type shared struct {
	done  bool
	round int
}

// gather calls what gathers, unless that was done, this round or for good.
func (s *shared) gather(w *walk, gather func()) {
	if !s.done && s.round != w.round {
		s.round = w.round
		before := w.waits
		w.waits = false
		gather()
		s.done = !w.waits
		w.waits = before
	}
	w.waits = w.waits || !s.done
}
