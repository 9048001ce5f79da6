// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// Options say where a repository is.
type Options struct {
	// URL is a server's (http, https, ssh, or user@host:path), or a folder's, as
	// file:// or as a path.
	URL string
	// Source is a folder with a repository, full, shallow or partial; what it
	// lacks comes from URL, or from where it was cloned.
	Source string
	// TokenFile holds a token for the server.
	TokenFile string
	// Credentials is a folder with a login for the server: for http what
	// username, password, token, .git-credentials or .netrc hold, for ssh the keys
	// and known_hosts. No other place is looked at.
	Credentials string
	// CAFile holds certificates to trust beside the system's.
	CAFile string
	// Log is told of retries and fallbacks.
	Log *slog.Logger
}

// Repo reads the objects of a repository and keeps them in memory.
type Repo struct {
	sources []source
	store   *store
	// trees are parsed ones, parsed of their entries together.
	trees  map[ID][]Entry
	parsed int
	// held are commits of which a local repository has everything.
	held []ID
	// ahead is a comparison that is foreseen; nil for none.
	ahead *frontier
}

// Open prepares reading. It does not yet speak to a server.
func Open(o Options) (*Repo, error) {
	r := &Repo{store: newStore(), trees: map[ID][]Entry{}}
	if o.Source != "" {
		l, err := openLocal(o.Source)
		if err != nil {
			return nil, err
		}
		r.sources = append(r.sources, l)
		r.store.base = l.object
		if o.URL == "" {
			o.URL = l.origin()
			r.addOrigin(o)
			return r, nil
		}
	}
	if o.URL == "" {
		return r, nil
	}
	src, err := openURL(o)
	if err != nil {
		return nil, err
	}
	r.sources = append(r.sources, src)
	return r, nil
}

// addOrigin has what is missing come from where the repository was cloned. A
// folder that is not here is no source; a server is not asked before it must be.
func (r *Repo) addOrigin(o Options) {
	switch {
	case o.URL == "":
	case isHTTP(o.URL) || isSSH(o.URL):
		r.sources = append(r.sources, &lazy{url: redact(o.URL), open: func() (source, error) { return openURL(o) }})
	default:
		src, err := openURL(o)
		if err != nil {
			o.Log.Debug("where the repository was cloned from cannot be read", "url", redact(o.URL), "cause", err.Error())
			return
		}
		r.sources = append(r.sources, src)
	}
}

func (r *Repo) where() string {
	var names []string
	for _, s := range r.sources {
		names = append(names, s.name())
	}
	return strings.Join(names, " or ")
}

// lacking are the ids, each once, that are not in memory yet.
func (r *Repo) lacking(ids []ID) []ID {
	var out []ID
	seen := map[ID]bool{}
	for _, id := range ids {
		if !seen[id] && !r.store.has(id) {
			out = append(out, id)
		}
		seen[id] = true
	}
	return out
}

// load brings objects into memory, each source being asked for what those
// before it lack.
func (r *Repo) load(ctx context.Context, w want) error {
	needed := w.ids
	w = r.along(w)
	for _, src := range r.sources {
		w.have = r.held
		asked := r.lacking(w.ids)
		if err := r.loadFrom(ctx, src, w); err != nil {
			return err
		}
		if l, ok := src.(*local); ok && l.whole && w.depth > 0 {
			r.hold(asked)
		}
	}
	if rest := r.lacking(needed); len(rest) > 0 {
		return &MissingError{IDs: rest, Where: r.where()}
	}
	return nil
}

// hold remembers of which commits all is there, so that no server sends it again.
func (r *Repo) hold(ids []ID) {
	for _, id := range ids {
		if at, ok := r.store.index[id]; ok && r.store.objects[at].kind == commitKind {
			r.held = append(r.held, id)
		}
	}
}

// loadFrom asks one source, again for the rest while that brings news: git
// filters a wanted tree away when it also lies below another wanted one, and
// refuses all that is wanted for the sake of the first object that it lacks.
func (r *Repo) loadFrom(ctx context.Context, src source, w want) error {
	for before := -1; ; {
		if w.ids = r.lacking(w.ids); len(w.ids) == 0 || len(w.ids) == before {
			return nil
		}
		before = len(w.ids)
		var missing *MissingError
		if err := src.load(ctx, w, r.store); errors.As(err, &missing) {
			w.ids = slices.DeleteFunc(w.ids, func(id ID) bool { return slices.Contains(missing.IDs, id) })
		} else if err != nil {
			return err
		}
	}
}

// object is the content of a loaded object.
func (r *Repo) object(want kind, id ID) (string, error) {
	k, text, err := r.store.get(id)
	if err == nil && k != want {
		err = fmt.Errorf("%w: %s is a %s, no %s", ErrCorrupt, id, k, want)
	}
	return text, err
}

// single is the filter for trees and blobs of which nothing else is wanted.
const single = "tree:0"

// withRoot is the filter for commits: each brings the tree that is read next.
const withRoot = "tree:1"

// Commits reads commits in one request.
func (r *Repo) Commits(ctx context.Context, ids ...ID) ([]Commit, error) {
	if err := r.load(ctx, want{ids: ids, filter: withRoot, depth: 1}); err != nil {
		return nil, fmt.Errorf("reading commits: %w", err)
	}
	var out []Commit
	for _, id := range ids {
		c, err := r.commit(id)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// commit reads a loaded commit.
func (r *Repo) commit(id ID) (Commit, error) {
	data, err := r.object(commitKind, id)
	if err != nil {
		return Commit{}, err
	}
	return parseCommit(id, data)
}

// Trees reads trees in one request.
func (r *Repo) Trees(ctx context.Context, ids []ID) (map[ID][]Entry, error) {
	if err := r.load(ctx, want{ids: ids, filter: single}); err != nil {
		return nil, fmt.Errorf("reading trees: %w", err)
	}
	out := make(map[ID][]Entry, len(ids))
	for _, id := range ids {
		entries, err := r.entries(id)
		if err != nil {
			return nil, err
		}
		out[id] = entries
	}
	return out, nil
}

// maxParsed is how many entries of trees are kept parsed: what is looked at
// again and again is read first.
const maxParsed = 50_000

// entries are those of a loaded tree; a zero id is the empty one.
func (r *Repo) entries(id ID) ([]Entry, error) {
	if known, ok := r.trees[id]; ok || id.IsZero() {
		return known, nil
	}
	text, err := r.object(treeKind, id)
	if err != nil {
		return nil, err
	}
	entries, err := parseTree(text)
	if err != nil {
		return nil, fmt.Errorf("tree %s: %w", id, err)
	}
	if r.parsed+len(entries) <= maxParsed {
		r.parsed += len(entries)
		r.trees[id] = entries
	}
	return entries, nil
}

// Blobs reads blobs in one request.
func (r *Repo) Blobs(ctx context.Context, ids []ID) (map[ID][]byte, error) {
	if err := r.load(ctx, want{ids: ids, filter: single}); err != nil {
		return nil, fmt.Errorf("reading files: %w", err)
	}
	out := map[ID][]byte{}
	for _, id := range ids {
		data, err := r.object(blobKind, id)
		if err != nil {
			return nil, err
		}
		out[id] = []byte(data)
	}
	return out, nil
}
