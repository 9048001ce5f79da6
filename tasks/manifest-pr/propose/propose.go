// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// Kind says what became of a proposal.
type Kind string

// The kinds of outcome.
const (
	// Opened: a pull request was opened.
	Opened Kind = "opened"
	// Updated: the pull request that was open proposes this version now.
	Updated Kind = "updated"
	// Unchanged: the manifests or the pull request name this version already.
	Unchanged Kind = "unchanged"
	// Superseded: a newer version is merged or proposed, so nothing was done.
	Superseded Kind = "superseded"
)

// Outcome is what became of one unit.
type Outcome struct {
	Kind Kind
	// URL and Number are the open pull request's; empty when there is none.
	URL    string
	Number int
	// By is the newer commit, for Superseded.
	By string
}

// ErrForeign says that a branch holds commits of others, which are never overwritten.
var ErrForeign = errors.New("not overwriting the commits of others")

// errOvertaken says that another run, or a person, was faster: read again.
var errOvertaken = errors.New("overtaken by another change")

// tries bounds how often one proposal starts over.
const tries = 12

// Propose makes the open pull request of a unit propose its services' images.
func (r *Repository) Propose(ctx context.Context, u Unit) (Outcome, error) {
	for try := 1; ; try++ {
		out, err := r.attempt(ctx, u)
		if !errors.Is(err, errOvertaken) {
			return out, err
		}
		if try == tries {
			return Outcome{}, fmt.Errorf("giving up after %d tries: %w", tries, err)
		}
		r.Log.Info("starting over", "proposal", u.Key, "cause", err.Error())
		if err := pause(ctx, try); err != nil {
			return Outcome{}, err
		}
	}
}

// pause waits a little longer each time, with jitter, so that runs that met do
// not meet again.
func pause(ctx context.Context, try int) error {
	longest := min(100*time.Millisecond<<try, 5*time.Second)
	return retry.Sleep(ctx, rand.N(longest)) //nolint:gosec // jitter is no secret
}

// state is all that was read before an attempt writes.
type state struct {
	base  *snapshot
	plans []manifests.Plan // one for each service of the unit
	head  branch
	open  []*github.PullRequest
}

// files are the files to change, as they are after the last edit.
func (st state) files() []manifests.Edited {
	last, order := map[string]manifests.Edited{}, []string{}
	for _, plan := range st.plans {
		for _, f := range plan.Files {
			if _, seen := last[f.Path]; !seen {
				order = append(order, f.Path)
			}
			last[f.Path] = f
		}
	}
	files := make([]manifests.Edited, len(order))
	for i, path := range order {
		files[i] = last[path]
	}
	return files
}

func (r *Repository) attempt(ctx context.Context, u Unit) (Outcome, error) {
	st, err := r.read(ctx, u)
	if err != nil {
		return Outcome{}, err
	}
	p := propose(u, st.plans)
	by, err := r.newerThanAll(ctx, p, st.head.proposal)
	switch {
	case err != nil:
		return Outcome{}, err
	case by != "":
		return r.stepAside(ctx, st, by)
	case len(p.edits()) == 0:
		return r.retire(ctx, u, st)
	case st.head.foreign != "":
		return Outcome{}, step.Hint(fmt.Errorf("branch %s holds %s: %w", Branch(u.Key), st.head.foreign, ErrForeign),
			"merge or close its pull request and delete the branch; the next run makes a new one")
	}
	return r.put(ctx, u, st, p)
}

// newerThanAll finds a newer version of each of the proposal's parts, among what
// the branch proposes and what the base names, and gives the last; empty when a part has none.
func (r *Repository) newerThanAll(ctx context.Context, p, head Proposal) (string, error) {
	by := ""
	for _, part := range p.Parts {
		others := append(part.replacedAll(), head.part(part.Service).Commit)
		var err error
		if by, err = r.newer(ctx, part.Commit, others...); err != nil || by == "" {
			return "", err
		}
	}
	return by, nil
}

// read reads the base, the manifests, the branch and its pull requests.
func (r *Repository) read(ctx context.Context, u Unit) (state, error) {
	var st state
	tip, err := r.baseTip(ctx)
	if err != nil {
		return st, err
	}
	if st.base, err = r.snapshot(ctx, tip); err != nil {
		return st, err
	}
	if st.plans, err = u.plan(ctx, st.base); err != nil {
		return st, err
	}
	for i, plan := range st.plans {
		plan.Warn(r.Log, u.Services[i].Name)
	}
	if st.head, err = r.readBranch(ctx, u.Key, tip); err != nil {
		return st, err
	}
	st.open, err = r.openPulls(ctx, u.Key)
	return st, err
}

// propose turns planned edits into a proposal.
func propose(u Unit, plans []manifests.Plan) Proposal {
	p := Proposal{Key: u.Key}
	for i, s := range u.Services {
		p.Parts = append(p.Parts, Part{Service: s.Name, Commit: s.Commit, Image: s.Image.Reference(), Digest: s.Image.Digest, Edits: edits(plans[i])})
	}
	return p
}

func edits(plan manifests.Plan) []Edit {
	var all []Edit
	for _, f := range plan.Files {
		for _, c := range f.Changes {
			e := Edit{File: f.Path, Old: c.Old, New: c.New}
			if n := len(all); n == 0 || all[n-1] != e {
				all = append(all, e)
			}
		}
	}
	return all
}

// put writes what is missing: the commit, the branch, the pull request.
func (r *Repository) put(ctx context.Context, u Unit, st state, p Proposal) (Outcome, error) {
	tip, moved := st.head.tip, false
	if !st.head.holds(p) {
		var err error
		if tip, err = r.write(ctx, st, p); err != nil {
			return Outcome{}, err
		}
		moved = true
	}
	pr, kind, err := r.sync(ctx, st.open, p)
	if err != nil {
		return Outcome{}, err
	}
	if kind == Unchanged && moved {
		kind = Updated
	}
	return Outcome{Kind: kind, URL: pr.GetHTMLURL(), Number: pr.GetNumber()}, r.confirm(ctx, u.Key, tip)
}

// confirm reads the branch once more after the pull request was written: whoever
// moved it meanwhile may have written the pull request before us.
func (r *Repository) confirm(ctx context.Context, key, tip string) error {
	now, err := r.tip(ctx, Branch(key))
	if err == nil && now != tip {
		err = fmt.Errorf("branch %s went from %.7s to %.7s: %w", Branch(key), tip, now, errOvertaken)
	}
	return err
}

// stepAside leaves things to the newer version, and sees to it that the pull
// request, if it is that version's, says so: an older run may have been between the two.
func (r *Repository) stepAside(ctx context.Context, st state, by string) (Outcome, error) {
	out := Outcome{Kind: Superseded, By: by}
	if len(st.open) == 0 {
		return out, nil
	}
	pr := st.open[0]
	if st.head.foreign == "" && st.head.proposal.proposes(by) {
		synced, kind, err := r.sync(ctx, st.open, st.head.proposal)
		if err == nil && kind != Unchanged {
			err = r.confirm(ctx, st.head.proposal.Key, st.head.tip)
		}
		if err != nil {
			return Outcome{}, err
		}
		pr = synced
	}
	out.URL, out.Number = pr.GetHTMLURL(), pr.GetNumber()
	return out, nil
}
