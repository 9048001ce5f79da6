// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

// recover undoes once what a killed predecessor left half-done.
func (a *agent) recover() error {
	if a.recovered {
		return nil
	}
	undone, err := a.opts.etc().Recover()
	if err != nil {
		return err
	}
	a.recovered = true
	for _, file := range undone {
		a.log.Warn("undid a write that was broken off", "file", file)
	}
	return nil
}

// sweep takes out what other modes left, but not of the files that this one has
// a part in.
func (a *agent) sweep(ctx context.Context, parts []part) error {
	var failures []error
	for _, m := range everyMode(a.facts) {
		if m.name() != a.mode.name() {
			failures = append(failures, takeOut(ctx, m, a.opts.etc(), parts...))
		}
	}
	return errors.Join(failures...)
}

const (
	// lastTries is how long it is tried, at the end, to give everything back.
	lastTries = 15 * time.Second
	// lastWait is the wait between two tries.
	lastWait = 500 * time.Millisecond
)

// giveBack takes out all that is ours at the end, also what a sweep could not.
// It waits for who writes the files at that moment.
func (a *agent) giveBack() error {
	for end, first := time.Now().Add(lastTries), true; ; first = false {
		err := a.leave(context.Background())
		if err == nil {
			a.log.Info("gave the node's files back", "mode", a.mode.name())
			return nil
		} else if time.Now().After(end) {
			return err
		}
		if first {
			a.log.Warn("the node's files cannot be given back yet", "reason", err)
		}
		time.Sleep(lastWait)
	}
}

// leave takes out what any mode left. What was made and others wrote to is theirs
// from then on.
func (f *facts) leave(ctx context.Context) error {
	etc := f.opts.etc()
	var failures []error
	for _, m := range everyMode(f) {
		failures = append(failures, takeOut(ctx, m, etc))
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	return etc.Forget()
}

// takeOut takes a mode's remains out, the last written first, but for those
// that others keep.
func takeOut(ctx context.Context, m mode, etc nodefile.Etc, others ...part) error {
	remains, err := present(m, etc)
	if err != nil {
		return err
	}
	var failures []error
	changed := false
	for _, r := range slices.Backward(remains) {
		if has(others, r.part.path) {
			continue
		}
		_, did, err := merge(r.file, r.part.out())
		failures, changed = append(failures, err), changed || did
	}
	return errors.Join(append(failures, reload(ctx, m, changed))...)
}

// has tells whether one of some parts is a file's.
func has(parts []part, path string) bool {
	return slices.ContainsFunc(parts, func(p part) bool { return p.path == path })
}

// remain is a part that is there.
type remain struct {
	part part
	file *nodefile.File
}

// present are those remains of a mode whose file is there.
func present(m mode, etc nodefile.Etc) ([]remain, error) {
	parts, err := m.remains()
	if err != nil {
		return nil, err
	}
	var found []remain
	for _, p := range parts {
		file, err := p.out().open(etc)
		if errors.Is(err, nodefile.ErrNoFile) {
			continue // nothing of ours is there
		} else if err != nil {
			return nil, err
		}
		found = append(found, remain{p, file})
	}
	return found, nil
}

// ownedBy lists what a mode owns on the node.
func ownedBy(m mode, etc nodefile.Etc) ([]ownership, error) {
	remains, err := present(m, etc)
	if err != nil {
		return nil, err
	}
	var all []ownership
	for _, r := range remains {
		text, err := r.file.Read()
		if err != nil {
			return nil, err
		}
		if _, owned := r.part.strip(text); len(owned) > 0 {
			all = append(all, ownership{m.name(), r.file.NodePath(), owned, r.part.describe(r.file.NodePath(), text)})
		}
	}
	return all, nil
}

// ownedByAll lists what is owned on the node, and says of which mode it is: of
// that which owns more of it, for hosts-toml has a part in the hosts file too.
func ownedByAll(all []mode, etc nodefile.Etc) (mode, []ownership, error) {
	var owner mode
	var owned []ownership
	for _, m := range slices.Backward(all) {
		its, err := ownedBy(m, etc)
		if err != nil {
			return nil, nil, err
		}
		if len(its) > len(owned) {
			owner, its, owned = m, owned, its
		}
		for _, o := range its {
			if !slices.ContainsFunc(owned, func(p ownership) bool { return p.File == o.File }) {
				owned = append(owned, o)
			}
		}
	}
	return owner, owned, nil
}
