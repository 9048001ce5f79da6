// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ErrNoRevision says that a name stands for no commit.
var ErrNoRevision = errors.New("no such revision")

// Resolve finds the commit that a revision names: a full commit id, a branch,
// a tag, a full ref or HEAD, each with ~N or ^ behind it for an ancestor along
// first parents (gitrevisions(7)).
func (r *Repo) Resolve(ctx context.Context, rev string) (Commit, error) {
	name, up := ancestor(rev)
	id, err := r.lookup(ctx, name)
	if err != nil {
		return Commit{}, err
	}
	c, err := r.peel(ctx, id)
	for ; up > 0 && err == nil; up-- {
		if len(c.Parents) == 0 {
			return Commit{}, fmt.Errorf("%w: %s, for %s has no parent", ErrNoRevision, rev, c.ID)
		}
		c, err = r.peel(ctx, c.Parents[0])
	}
	return c, err
}

// Expect says which revisions will be resolved, so that those that are full ids
// come in one request. One that cannot be had is told when it is resolved.
func (r *Repo) Expect(ctx context.Context, revs ...string) {
	var ids []ID
	for _, rev := range revs {
		if id, err := ParseID(rev); err == nil && !id.IsZero() {
			ids = append(ids, id)
		}
	}
	if len(ids) < 2 {
		return
	}
	if _, err := r.Commits(ctx, ids...); err != nil {
		return // see above
	}
}

var suffix = regexp.MustCompile(`(?:\^|~[0-9]{0,6})$`)

// ancestor cuts ~N and ^ off a revision and counts them.
func ancestor(rev string) (string, int) {
	up := 0
	for {
		s := suffix.FindString(rev)
		if s == "" {
			return rev, up
		}
		n, err := strconv.Atoi(s[1:])
		if err != nil {
			n = 1
		}
		up += n
		rev = strings.TrimSuffix(rev, s)
	}
}

// lookup is the object that a name stands for, in the order of gitrevisions(7).
func (r *Repo) lookup(ctx context.Context, name string) (ID, error) {
	if IsID(name) {
		return ParseID(name)
	}
	candidates := []string{name, "refs/" + name, "refs/tags/" + name, "refs/heads/" + name, "refs/remotes/" + name, "refs/remotes/origin/" + name}
	if name == "" || strings.HasPrefix(name, "-") {
		return ID{}, fmt.Errorf("%w: %q", ErrNoRevision, name)
	}
	for _, src := range r.sources {
		refs, err := src.refs(ctx, candidates)
		if err != nil {
			return ID{}, err
		}
		for _, want := range candidates {
			for _, ref := range refs {
				if ref.Name == want {
					return ref.ID, nil
				}
			}
		}
	}
	return ID{}, fmt.Errorf("%w: %s is no branch, tag or full commit id in %s", ErrNoRevision, name, r.where())
}

// peel loads a commit, or the one that an annotated tag names.
func (r *Repo) peel(ctx context.Context, id ID) (Commit, error) {
	for range 5 {
		if err := r.load(ctx, want{ids: []ID{id}, filter: withRoot, depth: 1}); err != nil {
			return Commit{}, fmt.Errorf("reading commits: %w", err)
		}
		k, data, err := r.store.get(id)
		if err != nil {
			return Commit{}, err
		}
		if k != tagKind {
			return r.commit(id)
		}
		if id, err = parseTag(data); err != nil {
			return Commit{}, fmt.Errorf("%w: tag: %w", ErrCorrupt, err)
		}
	}
	return Commit{}, fmt.Errorf("%w: tag %s names tags without end", ErrCorrupt, id)
}

// ErrNoDefault says that the default branch is not known.
var ErrNoDefault = errors.New("the default branch is not known")

// Default is the default branch: what HEAD names on the server; in a local
// repository what origin's HEAD names, or else main or master. The last source
// is asked first, for a server knows best; where a repository was only cloned
// from need not answer.
func (r *Repo) Default(ctx context.Context) (Ref, error) {
	for i := len(r.sources) - 1; i >= 0; i-- {
		refs, err := r.sources[i].refs(ctx, []string{"HEAD", "refs/remotes/origin/", "refs/heads/ma"})
		if _, derived := r.sources[i].(*lazy); derived && err != nil && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return Ref{}, err
		}
		_, isLocal := r.sources[i].(*local)
		if ref, ok := defaultOf(refs, isLocal); ok {
			return ref, nil
		}
	}
	return Ref{}, fmt.Errorf("%w in %s", ErrNoDefault, r.where())
}

func defaultOf(refs []Ref, isLocal bool) (Ref, bool) {
	byName := map[string]Ref{}
	for _, ref := range refs {
		byName[ref.Name] = ref
	}
	if head, ok := byName["HEAD"]; ok && !isLocal && head.Target != "" {
		return Ref{Name: head.Target, ID: head.ID}, true
	}
	if head, ok := byName["refs/remotes/origin/HEAD"]; ok {
		return Ref{Name: "refs/heads/" + strings.TrimPrefix(head.Target, "refs/remotes/origin/"), ID: head.ID}, true
	}
	for _, name := range []string{"main", "master"} {
		for _, prefix := range []string{"refs/remotes/origin/", "refs/heads/"} {
			if ref, ok := byName[prefix+name]; ok {
				return Ref{Name: "refs/heads/" + name, ID: ref.ID}, true
			}
		}
	}
	return Ref{}, false
}
