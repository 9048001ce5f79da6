// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrUnrelated says that two commits have no ancestor in common.
var ErrUnrelated = errors.New("the commits have no common ancestor")

// History is fetched in growing pieces: the first depth, and the factor.
const (
	firstDepth  = 64
	depthFactor = 8
	wholeDepth  = 1 << 30
)

// MergeBase is a best common ancestor of two commits; of several, the newest.
// Commits are fetched as deep as the answer needs them.
func (r *Repo) MergeBase(ctx context.Context, a, b ID) (Commit, error) {
	if a == b {
		return r.peel(ctx, a)
	}
	for depth := firstDepth; ; depth = min(depth*depthFactor, wholeDepth) {
		p := painter{repo: r, ctx: ctx, flags: map[ID]int{}}
		base, gap, err := p.paint(a, b)
		if err != nil {
			return Commit{}, err
		}
		if gap == nil {
			if base == nil {
				return Commit{}, fmt.Errorf("%w: %s and %s", ErrUnrelated, a, b)
			}
			return *base, nil
		}
		if err := r.deepen(ctx, a, b, *gap, depth); err != nil {
			return Commit{}, fmt.Errorf("looking for the merge base of %s and %s: %w", a, b, err)
		}
	}
}

// deepen fetches the history of both commits down to a depth. It fails when
// that is all there is and the gap remains.
func (r *Repo) deepen(ctx context.Context, a, b, gap ID, depth int) error {
	last := r.sources[len(r.sources)-1]
	if _, ok := last.(*local); ok {
		return &MissingError{IDs: []ID{gap}, Where: r.where()}
	}
	err := last.load(ctx, want{ids: []ID{a, b}, filter: single, depth: depth, have: r.held}, r.store)
	if err == nil && depth == wholeDepth && !r.store.has(gap) {
		return &MissingError{IDs: []ID{gap}, Where: r.where()}
	}
	return err
}

// The marks of a commit: reached from a, from b, known to lie below a common
// ancestor, and taken as a result.
const (
	fromA = 1 << iota
	fromB
	stale
	taken
)

// painter walks history from two commits, newest first, as git merge-base does.
type painter struct {
	repo  *Repo
	ctx   context.Context //nolint:containedctx // lives for one walk
	flags map[ID]int
	queue byDate
	count int
}

// paint finds the best common ancestor. A gap is a commit that is not loaded
// and could change the answer.
func (p *painter) paint(a, b ID) (base *Commit, gap *ID, err error) {
	for i, id := range []ID{a, b} {
		if gap, err = p.push(id, fromA<<i); gap != nil || err != nil {
			return nil, gap, err
		}
	}
	var found []Commit
	for p.hasFresh() {
		c := heap.Pop(&p.queue).(queued) //nolint:forcetypeassert // byDate holds nothing else
		mark := p.flags[c.ID] & (fromA | fromB | stale)
		if mark == fromA|fromB {
			if p.flags[c.ID]&taken == 0 {
				p.flags[c.ID] |= taken
				found = append(found, c.Commit)
			}
			mark |= stale
		}
		for _, parent := range c.Parents {
			if gap, err = p.push(parent, mark); gap != nil || err != nil {
				return nil, gap, err
			}
		}
	}
	found = slices.DeleteFunc(found, func(c Commit) bool { return p.flags[c.ID]&stale != 0 })
	slices.SortStableFunc(found, func(x, y Commit) int { return cmp.Compare(y.When, x.When) })
	return p.best(found)
}

// best is the newest of several common ancestors that is not an ancestor of
// another: where clocks were wrong, the walk can end before it has seen that.
func (p *painter) best(found []Commit) (base *Commit, gap *ID, err error) {
	below := map[ID]bool{}
	for _, c := range found {
		if len(found) == 1 {
			break
		}
		for todo := slices.Clone(c.Parents); len(todo) > 0; {
			id := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if below[id] {
				continue
			}
			below[id] = true
			parent, err := p.repo.nearCommit(p.ctx, id)
			var missing *MissingError
			if errors.As(err, &missing) {
				return nil, &id, nil
			}
			if err != nil {
				return nil, nil, err
			}
			todo = append(todo, parent.Parents...)
		}
	}
	for i, c := range found {
		if !below[c.ID] {
			return &found[i], nil, nil
		}
	}
	return nil, nil, nil
}

// push marks a commit and queues it where the mark is news.
func (p *painter) push(id ID, mark int) (gap *ID, err error) {
	if p.flags[id]&mark == mark {
		return nil, nil
	}
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	c, err := p.repo.nearCommit(p.ctx, id)
	var missing *MissingError
	if errors.As(err, &missing) {
		if mark&stale != 0 {
			return nil, nil
		}
		return &id, nil
	}
	if err != nil {
		return nil, err
	}
	p.flags[id] |= mark
	p.count++
	heap.Push(&p.queue, queued{c, p.count})
	return nil, nil
}

func (p *painter) hasFresh() bool {
	for _, c := range p.queue {
		if p.flags[c.ID]&stale == 0 {
			return true
		}
	}
	return false
}

// nearCommit reads a commit from memory or a local repository, not from a server.
func (r *Repo) nearCommit(ctx context.Context, id ID) (Commit, error) {
	for _, src := range r.sources {
		l, ok := src.(*local)
		if !ok || r.store.has(id) {
			continue
		}
		var missing *MissingError
		if err := l.load(ctx, want{ids: []ID{id}}, r.store); err != nil && !errors.As(err, &missing) {
			return Commit{}, err
		}
	}
	if !r.store.has(id) {
		return Commit{}, &MissingError{IDs: []ID{id}, Where: "memory"}
	}
	return r.commit(id)
}

// queued is a commit in the queue, and when it came.
type queued struct {
	Commit
	nth int
}

// byDate is a heap with the newest commit on top; of one second, the first to come.
type byDate []queued

func (q byDate) Len() int      { return len(q) }
func (q byDate) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q byDate) Less(i, j int) bool {
	return q[i].When > q[j].When || q[i].When == q[j].When && q[i].nth < q[j].nth
}

// Push is part of heap.Interface.
func (q *byDate) Push(x any) { *q = append(*q, x.(queued)) } //nolint:forcetypeassert // see Pop

// Pop is part of heap.Interface.
func (q *byDate) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
