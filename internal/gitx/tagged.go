// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
)

// ErrNoTag says that no ancestor of a commit bears a tag.
var ErrNoTag = errors.New("no earlier commit has a tag")

// PreviousTag is the newest ancestor of a commit that bears a tag, and the tag;
// the commit itself does not count. Commits are fetched as deep as the answer
// needs them, and none where the repository has no tag.
func (r *Repo) PreviousTag(ctx context.Context, id ID) (Commit, string, error) {
	tags, err := r.tags(ctx)
	if err != nil {
		return Commit{}, "", fmt.Errorf("listing tags: %w", err)
	}
	delete(tags, id)
	if len(tags) == 0 {
		return Commit{}, "", ErrNoTag
	}
	for depth := firstDepth; ; depth = min(depth*depthFactor, wholeDepth) {
		c, gap, err := r.newestOf(ctx, id, tags)
		switch {
		case err != nil:
			return Commit{}, "", err
		case gap == nil && c == nil:
			return Commit{}, "", ErrNoTag
		case gap == nil:
			return *c, tags[c.ID], nil
		}
		if err := r.deepen(ctx, id, id, *gap, depth); err != nil {
			return Commit{}, "", fmt.Errorf("looking for a tag before %s: %w", id, err)
		}
	}
}

// tags names a tag of each commit that bears one; of several the first by name.
func (r *Repo) tags(ctx context.Context) (map[ID]string, error) {
	named := map[ID]string{}
	for _, src := range r.sources {
		refs, err := src.refs(ctx, []string{"refs/tags/"})
		if _, derived := src.(*lazy); derived && err != nil && ctx.Err() == nil {
			continue // an older tag than there is compares more
		}
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
			if ref.Name == "HEAD" {
				continue
			}
			id := ref.ID
			if l, ok := src.(*local); ok {
				id = r.peelNear(ctx, l, id)
			}
			if old, ok := named[id]; !ok || ref.Name < old {
				named[id] = ref.Name
			}
		}
	}
	return named, nil
}

// peelNear is what an annotated tag of a local repository names; a server's
// refs are peeled by the server.
func (r *Repo) peelNear(ctx context.Context, l *local, id ID) ID {
	for range 5 {
		if err := l.load(ctx, want{ids: []ID{id}}, r.store); err != nil {
			return id
		}
		data, err := r.object(tagKind, id)
		if err != nil {
			return id
		}
		if id, err = parseTag(data); err != nil {
			return ID{}
		}
	}
	return id
}

// newestOf walks the ancestors of a commit, newest first, to the first that is
// wanted. A gap is a commit that is not loaded and comes before it.
func (r *Repo) newestOf(ctx context.Context, id ID, wanted map[ID]string) (found *Commit, gap *ID, err error) {
	var queue byDate
	seen := map[ID]bool{id: true}
	for todo := []ID{id}; ; {
		for _, next := range todo {
			c, err := r.nearCommit(ctx, next)
			var missing *MissingError
			if errors.As(err, &missing) {
				return nil, &next, nil
			}
			if err != nil {
				return nil, nil, err
			}
			heap.Push(&queue, queued{c, len(seen)})
		}
		if len(queue) == 0 {
			return nil, nil, nil
		}
		c := heap.Pop(&queue).(queued) //nolint:forcetypeassert // byDate holds nothing else
		if _, ok := wanted[c.ID]; ok {
			return &c.Commit, nil, nil
		}
		todo = nil
		for _, parent := range c.Parents {
			if !seen[parent] {
				seen[parent] = true
				todo = append(todo, parent)
			}
		}
	}
}
