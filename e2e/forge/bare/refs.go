// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"context"
	"fmt"
	"strings"
)

// Ref is a name and what it points to.
type Ref struct {
	// Name is the full name, such as refs/heads/main.
	Name string
	// SHA is the object's id and Kind its type (commit, tag, tree, blob).
	SHA, Kind string
}

// RefUpdate moves a ref from Old to New. Zero as Old says that the ref must not
// exist yet, Zero as New deletes it.
type RefUpdate struct {
	Name, Old, New string
}

// Refs lists the refs under a prefix that ends at a slash (or names one ref
// whole), sorted by name.
func (r *Repo) Refs(ctx context.Context, prefix string) ([]Ref, error) {
	if refs, ok := r.looseRefs(prefix); ok {
		return refs, nil
	}
	args := []string{"for-each-ref", "--format=%(refname) %(objectname) %(objecttype)"}
	if prefix != "" {
		args = append(args, strings.TrimSuffix(prefix, "/"))
	}
	out, err := r.git(ctx, nil, args...)
	if err != nil {
		return nil, err
	}
	refs := []Ref{}
	for _, line := range lines(out) {
		f := strings.Fields(line)
		if len(f) != 3 {
			return nil, fmt.Errorf("reading the refs of %s: unexpected line %q", r.Dir, line)
		}
		refs = append(refs, Ref{Name: f[0], SHA: f[1], Kind: f[2]})
	}
	return refs, nil
}

// Ref looks one ref up by its full name; ErrNotFound when there is none.
func (r *Repo) Ref(ctx context.Context, name string) (Ref, error) {
	refs, err := r.Refs(ctx, name)
	if err != nil {
		return Ref{}, err
	}
	for _, ref := range refs {
		if ref.Name == name {
			return ref, nil
		}
	}
	return Ref{}, fmt.Errorf("ref %s: %w", name, ErrNotFound)
}

// UpdateRefs makes all updates or none. It fails when any ref is not at its Old
// value any more: a compare-and-swap.
func (r *Repo) UpdateRefs(ctx context.Context, updates ...RefUpdate) error {
	if len(updates) == 1 && r.swapLoose(ctx, updates[0]) {
		return nil
	}
	var script strings.Builder
	script.WriteString("start\n")
	for _, u := range updates {
		if u.New == Zero {
			fmt.Fprintf(&script, "delete %s %s\n", u.Name, u.Old)
			continue
		}
		fmt.Fprintf(&script, "update %s %s %s\n", u.Name, u.New, u.Old)
	}
	script.WriteString("prepare\ncommit\n")
	_, err := r.git(ctx, []byte(script.String()), "update-ref", "--stdin")
	return err
}

// ValidRefName says whether git takes name as the name of a ref.
func (r *Repo) ValidRefName(ctx context.Context, name string) bool {
	if plainRef.MatchString(name) && !strings.Contains(name, ".lock") {
		return true
	}
	_, err := r.recall(ctx, nil, "check-ref-format", name)
	return err == nil
}

// SetHead makes HEAD name branch.
func (r *Repo) SetHead(ctx context.Context, branch string) error {
	_, err := r.git(ctx, nil, "symbolic-ref", "HEAD", "refs/heads/"+branch)
	return err
}

// Head is the name of the branch that HEAD names.
func (r *Repo) Head(ctx context.Context) (string, error) {
	out, err := r.git(ctx, nil, "symbolic-ref", "--short", "HEAD")
	return strings.TrimSpace(string(out)), err
}

// Commit finds the commit that a revision means: a full or short id, a branch,
// a tag, or any full ref name. ErrNotFound when it means none.
func (r *Repo) Commit(ctx context.Context, rev string) (string, error) {
	if rev == "" || strings.HasPrefix(rev, "-") {
		return "", fmt.Errorf("revision %q: %w", rev, ErrNotFound)
	}
	if sha, ok := r.looseCommit(rev); ok {
		return sha, nil
	}
	if refs, ok := r.looseRefs(""); ok && len(refs) == 0 && !IsID(rev) {
		return "", fmt.Errorf("revision %q of an empty repository: %w", rev, ErrNotFound)
	}
	for _, name := range []string{"refs/heads/" + rev, "refs/tags/" + rev, rev} {
		out, err := r.git(ctx, nil, "rev-parse", "--verify", "--quiet", name+"^{commit}")
		if err == nil {
			return strings.TrimSpace(string(out)), nil
		}
	}
	return "", fmt.Errorf("revision %q: %w", rev, ErrNotFound)
}
