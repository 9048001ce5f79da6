// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
	"github.com/adze-ci/adze/e2e/forge/graphql"
)

// Quirks are the ways of a forge that is busy, old or strict. The zero value is
// one that is none of these.
type Quirks struct {
	// Lag is how often what was just written is not seen yet, as when a copy
	// answers that is behind: so many readings of a branch tell where it was before,
	// so many lists leave a new pull request out, and so many requests that name a
	// new tree or commit are refused.
	Lag int `json:"lag"`
	// Without are mutations of GraphQL that this version does not know.
	Without []string `json:"without"`
	// Locked is a regular expression for branches that a ruleset keeps everyone
	// from making, moving and deleting; empty for none.
	Locked string `json:"locked"`
	// QueueLetsPush lets the head of a pull request in a merge queue move, as where the
	// credentials bypass the rule; the queue still merges what was added to it.
	QueueLetsPush bool `json:"queue_lets_push"`

	locked *regexp.Regexp
}

// lag is what is not seen yet, each with how often.
type lag struct {
	refs    map[string]formerRef // by full name
	objects map[string]int       // by id
	pulls   map[int64]int        // by number
}

type formerRef struct {
	ref  bare.Ref // its SHA is empty where there was none
	left int
}

// SetQuirks gives OWNER/NAME these ways from now on, and forgets what lagged.
func (s *Server) SetQuirks(fullName string, q Quirks) error {
	if q.Locked != "" {
		var err error
		if q.locked, err = regexp.Compile(q.Locked); err != nil {
			return fmt.Errorf("setting the quirks of %s: %w", fullName, err)
		}
	}
	repo, err := s.lockRepo(fullName)
	if err != nil {
		return err
	}
	defer repo.mu.Unlock()
	repo.quirks = q
	repo.lag = lag{refs: map[string]formerRef{}, objects: map[string]int{}, pulls: map[int64]int{}}
	return nil
}

func (s *Server) controlQuirks(r *http.Request) (any, error) {
	var in Quirks
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return object{}, s.SetQuirks(fullNameOf(r), in)
}

// unlocked refuses to move branches that a ruleset locks. That of one that is to
// be made, GitHub gives no reason for.
func (r *repository) unlocked(updates []bare.RefUpdate) error {
	for _, u := range updates {
		branch, ok := strings.CutPrefix(u.Name, headsPrefix)
		switch {
		case ok && u.Old != bare.Zero && r.queuedBranch(branch) != nil:
			return r.queuedBranch(branch)
		case !ok || r.quirks.locked == nil || !r.quirks.locked.MatchString(branch):
		case u.Old == bare.Zero:
			return unprocessable("Reference update failed")
		default:
			return unprocessable("Repository rule violations found\n\nCannot update this protected ref.\n\n")
		}
	}
	return nil
}

// without leaves out the mutations that a version does not know.
func (c *call) without(root graphql.Object) graphql.Object {
	for _, repo := range c.allRepos() {
		repo.mu.Lock()
		for _, name := range repo.quirks.Without {
			delete(root.Fields, name)
		}
		repo.mu.Unlock()
	}
	return root
}

// wroteRefs, wroteObject and wrotePull let what was written lag.
func (r *repository) wroteRefs(before []bare.Ref, updates []bare.RefUpdate) {
	for _, u := range updates {
		if r.quirks.Lag == 0 {
			return
		}
		former := formerRef{left: r.quirks.Lag}
		if i := slices.IndexFunc(before, func(ref bare.Ref) bool { return ref.Name == u.Name }); i >= 0 {
			former.ref = before[i]
		}
		r.lag.refs[u.Name] = former
	}
}

func (r *repository) wroteObject(sha string) {
	if r.quirks.Lag > 0 {
		r.lag.objects[sha] = r.quirks.Lag
	}
}

func (r *repository) wrotePull(number int64) {
	if r.quirks.Lag > 0 {
		r.lag.pulls[number] = r.quirks.Lag
	}
}

// readRef reads a ref as a client sees it.
func (c *call) readRef(name string) (bare.Ref, error) {
	former := c.repo.lag.refs[name]
	if former.left == 0 {
		return c.repo.git.Ref(c.ctx(), name)
	}
	former.left--
	c.repo.lag.refs[name] = former
	if former.ref.SHA == "" {
		return bare.Ref{}, notFound()
	}
	return former.ref, nil
}

// unseen tells, and counts, that an object or a pull request lags.
func (r *repository) unseen(sha string) bool {
	left := r.lag.objects[sha]
	if left > 0 {
		r.lag.objects[sha] = left - 1
	}
	return left > 0
}

func (r *repository) unseenPull(number int64) bool {
	left := r.lag.pulls[number]
	if left > 0 {
		r.lag.pulls[number] = left - 1
	}
	return left > 0
}
