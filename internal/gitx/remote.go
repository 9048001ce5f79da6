// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// remote is a server of git-upload-pack, over whatever wire.
type remote struct {
	wire wire
	log  *slog.Logger
	// said is what the server says of itself, nil before it was asked.
	said *advert
	// giving is how little the server can be brought to give.
	giving giving
	// roots are the commits that were asked for, and full those of them of
	// which all that the server gives is there.
	roots []ID
	full  map[ID]bool
}

// giving is what a server sends: the least first.
type giving int

const (
	// objects: those that are named, and nothing below them.
	objects giving = iota
	// folders: a commit with all its trees, and the blobs that are named.
	folders
	// everything: a commit with all its trees and blobs.
	everything
)

func (g giving) String() string {
	return [...]string{"single objects", "commits with all their folders", "commits with all their files"}[g]
}

func newRemote(w wire, log *slog.Logger) *remote {
	return &remote{wire: w, log: log, full: map[ID]bool{}}
}

func (r *remote) name() string { return r.wire.name() }

// tries is how often an answer that breaks off is asked for again.
const tries = 3

// ask sends a request, again where the answer breaks off or comes damaged.
func (r *remote) ask(ctx context.Context, request []byte, read func(*bufio.Reader) error) error {
	for try := 1; ; try++ {
		err := r.wire.ask(ctx, request, read)
		var broken *brokenError
		if try == tries || ctx.Err() != nil || !errors.As(err, &broken) {
			return err
		}
		r.log.Warn("the answer broke off, asking again", "url", r.name(), "cause", err.Error())
	}
}

// greet asks the server what it can do, once.
func (r *remote) greet(ctx context.Context) error {
	if r.said != nil {
		return nil
	}
	var said *advert
	err := r.ask(ctx, nil, func(br *bufio.Reader) (err error) {
		said, err = readAdvert(br)
		return err
	})
	if err != nil {
		return fmt.Errorf("asking %s what it can do: %w", r.name(), err)
	}
	if said.format != "" && said.format != "sha1" {
		return fmt.Errorf("%s: object format %s is not supported, only sha1", r.name(), said.format)
	}
	r.said = said
	switch {
	case !said.can("filter"):
		r.settle(everything, "the git server takes no filter")
	case said.version == 0 && !said.can("allow-reachable-sha1-in-want"):
		r.settle(everything, "the git server speaks protocol version 0 and gives nothing by its id")
	}
	return nil
}

// settle takes more from the server from now on, and says so.
func (r *remote) settle(on giving, why string) {
	r.giving = on
	clear(r.full)
	r.log.Warn(why+", so more is fetched than is needed", "url", r.name(), "fetching", on.String(), "protocol", r.said.version)
}

func (r *remote) refs(ctx context.Context, prefixes []string) ([]Ref, error) {
	if err := r.greet(ctx); err != nil {
		return nil, err
	}
	if r.said.version == 0 {
		return r.said.under(prefixes), nil
	}
	var refs []Ref
	err := r.ask(ctx, r.listRequest(prefixes), func(br *bufio.Reader) error {
		lines, err := readLines(br)
		if err == nil {
			refs, err = parseRefs(lines)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing refs of %s: %w", r.name(), err)
	}
	return refs, nil
}

// parseRefs reads "<id> <name> [symref-target:<ref>] [peeled:<id>]". The id of
// an annotated tag is that of what it names. A HEAD of no commit is left out.
func parseRefs(lines []string) ([]Ref, error) {
	var refs []Ref
	for _, line := range lines {
		words := strings.Split(line, " ")
		if len(words) < 2 {
			return nil, fmt.Errorf("ref line %q", line)
		}
		ref := Ref{Name: words[1]}
		for _, attr := range words[2:] {
			if id, ok := strings.CutPrefix(attr, "peeled:"); ok {
				words[0] = id
			}
			if target, ok := strings.CutPrefix(attr, "symref-target:"); ok {
				ref.Target = target
			}
		}
		if words[0] == "unborn" {
			continue
		}
		var err error
		if ref.ID, err = ParseID(words[0]); err != nil {
			return nil, fmt.Errorf("ref line %q: %w", line, err)
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

// load fetches objects, and settles on what the server gives where it does not
// give what was asked for.
func (r *remote) load(ctx context.Context, w want, into *store) error {
	if err := r.greet(ctx); err != nil {
		return err
	}
	if w.depth > 0 {
		r.root(w.ids)
	}
	for {
		err := r.attempt(ctx, w, into)
		var said *serverError
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &said) || !said.missing() && !said.unfiltered():
			return r.explain(fmt.Errorf("fetching %d objects from %s: %w", len(w.ids), r.name(), err))
		case r.giving == everything || w.depth > 0 && !said.unfiltered():
			missing := &MissingError{IDs: said.lacks(w.ids), Where: r.name()}
			r.roots = slices.DeleteFunc(r.roots, func(id ID) bool { return slices.Contains(missing.IDs, id) })
			return missing
		}
		r.settle(r.giving+1, "the git server refuses ("+said.message+")")
		if w.depth == 0 {
			w = want{ids: slices.Clone(r.roots), depth: 1, have: w.have}
		}
		if len(w.ids) == 0 {
			return &MissingError{IDs: w.ids, Where: r.name()}
		}
	}
}

// explain adds what can be done about a server that sends too much.
func (r *remote) explain(err error) error {
	if errors.Is(err, errTooMuch) && r.giving != objects {
		return step.Hint(err, "have the git server take filters (uploadpack.allowFilter), or give --source a clone")
	}
	return err
}

func (r *remote) root(ids []ID) {
	for _, id := range ids {
		if !slices.Contains(r.roots, id) {
			r.roots = append(r.roots, id)
		}
	}
}

// attempt fetches as the server is known to give. A commit that protocol
// version 0 does not give by its id is dug for.
func (r *remote) attempt(ctx context.Context, w want, into *store) error {
	err := r.fetch(ctx, w, into)
	var said *serverError
	if errors.As(err, &said) && said.missing() && w.depth > 0 && r.said.version == 0 {
		return r.dig(ctx, w, into)
	}
	return err
}

// dig looks for commits in the history of others, deeper and deeper, and at
// last in that of all branches.
func (r *remote) dig(ctx context.Context, w want, into *store) error {
	type try struct {
		from  []ID
		depth int
	}
	var known, branches []ID
	for _, id := range r.roots {
		if r.full[id] {
			known = append(known, id)
		}
	}
	for _, ref := range r.said.refs {
		branches = append(branches, ref.ID)
	}
	for _, t := range []try{{known, 64}, {known, 4096}, {branches, wholeDepth}} {
		if len(t.from) == 0 {
			continue
		}
		if err := r.fetch(ctx, want{ids: t.from, filter: w.filter, depth: t.depth}, into); err != nil {
			return err
		}
		if !slices.ContainsFunc(w.ids, func(id ID) bool { return !into.has(id) }) {
			for _, id := range w.ids {
				r.full[id] = true
			}
			return nil
		}
	}
	return &serverError{"not our ref"}
}

// fetch asks for objects and unpacks what comes.
func (r *remote) fetch(ctx context.Context, w want, into *store) error {
	switch r.giving {
	case folders:
		w.filter = "blob:none"
	case everything:
		w.filter = ""
	}
	whole := w.depth > 0 && r.giving != objects
	if whole {
		w.have = r.held(w)
	} else {
		w.have = nil
	}
	blobs := into.blobs
	err := r.ask(ctx, r.fetchRequest(w), func(br *bufio.Reader) error { return r.readPack(br, into) })
	if err == nil && w.depth > 0 && w.filter != "" && into.blobs > blobs {
		r.settle(everything, "the git server ignores filters")
		whole = true
	}
	if err == nil && whole {
		for _, id := range w.ids {
			r.full[id] = true
		}
	}
	return err
}

// held are the commits that need not be sent again, among them those whose
// history is to be deepened.
func (r *remote) held(w want) []ID {
	have := slices.Clone(w.have)
	for id := range r.full {
		if !slices.Contains(have, id) {
			have = append(have, id)
		}
	}
	return have
}
