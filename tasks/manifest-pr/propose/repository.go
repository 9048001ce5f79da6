// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
)

// Repository is the repository of manifests on its forge.
type Repository struct {
	// Client talks to the forge; [NewClient] makes one.
	Client *github.Client
	// Owner and Name are the repository's.
	Owner, Name string
	// Base is the branch that pull requests go to.
	Base string
	// SourceOwner and SourceName are those of the repository that commits are
	// from, which tells the older of two; often the same one.
	SourceOwner, SourceName string
	// SourceBranch is the branch that newer commits come to; empty for the source
	// repository's default branch. It is asked about commits that diverged.
	SourceBranch string
	// Built tells the digest of the image that a commit was built into, in a
	// repository with its registry; empty where there is none. Nil where nobody can be asked.
	Built func(ctx context.Context, repository, commit string) (digest string, err error)
	// Look says how proposals look; the zero value will do.
	Look Look
	// Log is told what is done.
	Log *slog.Logger

	// trimsFor is the pull request for which it takes things out of another, and does
	// nothing else; nil otherwise.
	trimsFor *github.PullRequest
	*memory
}

// NewRepository checks OWNER/NAME of the manifests and of the sources.
func NewRepository(client *github.Client, manifests, source, base string, log *slog.Logger) (*Repository, error) {
	r := &Repository{Client: client, Base: base, Log: log, memory: &memory{}}
	var ok, ok2 bool
	r.Owner, r.Name, ok = SplitName(manifests)
	r.SourceOwner, r.SourceName, ok2 = SplitName(source)
	if !ok || !ok2 {
		return nil, step.Misuse("%q or %q is not OWNER/NAME", manifests, source)
	}
	return r, nil
}

// SplitName splits OWNER/NAME; false when it is none.
func SplitName(s string) (owner, name string, ok bool) {
	owner, name, ok = strings.Cut(s, "/")
	return owner, name, ok && owner != "" && name != "" && !strings.ContainsAny(name, "/ ?#%")
}

// tip is the commit that a branch is at, empty when there is no such branch.
func (r *Repository) tip(ctx context.Context, branch string) (string, error) {
	ref, _, err := r.Client.Git.GetRef(ctx, r.Owner, r.Name, "heads/"+branch)
	if status(err) == http.StatusNotFound {
		return "", nil
	}
	if err != nil {
		return "", r.failed("reading branch "+branch, err)
	}
	return ref.GetObject().GetSHA(), nil
}

// baseTip is the commit that the base branch is at.
func (r *Repository) baseTip(ctx context.Context) (string, error) {
	sha, err := r.tip(ctx, r.Base)
	if err == nil && sha == "" {
		err = step.Hint(fmt.Errorf("%s/%s has no branch %s, or the credentials may not read it", r.Owner, r.Name, r.Base),
			"check --repo, --base-branch and that the token may read and write contents and pull requests")
	}
	return sha, err
}

// web is the address of the source repository for people.
func (r *Repository) web() string {
	return fmt.Sprintf("%s/%s/%s", site(r.Client.BaseURL), r.SourceOwner, r.SourceName)
}
