// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
)

// A forge signs a commit that an App makes through REST, if nobody is given as its
// author. For a person it signs what the mutation createCommitOnBranch makes, which
// commits onto a branch that exists. That is a branch of its own, scratch, for the
// proposal's branch must never stand at the base: the forge would close its pull request.
// https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification

// scratchPrefix begins the names of branches on which commits are made. The rest
// is when, in seconds of Unix time, and a random word.
const scratchPrefix = "adze-scratch/"

// scratchLife is how long a scratch branch may be needed; what is older was left
// by a run that died.
const scratchLife = time.Hour

// sign makes the commit again as one that the forge signs, and gives its id.
func (r *Repository) sign(ctx context.Context, st state, p Proposal) (sha string, err error) {
	for _, f := range st.plan.Files {
		if f.Mode != "100644" {
			return "", step.Hint(fmt.Errorf("%s has mode %s, which the forge's signed commits take away from it", f.Path, f.Mode),
				"make it a plain file, or leave out --signed-commits")
		}
	}
	scratch, err := r.newScratch(ctx, st.base.commit)
	if err != nil {
		return "", err
	}
	defer func() {
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		r.dropScratch(after, scratch)
	}()
	return r.commitOn(ctx, scratch, st, p)
}

// newScratch makes a scratch branch, after it removed those of runs that died.
func (r *Repository) newScratch(ctx context.Context, at string) (string, error) {
	old, _, err := r.Client.Git.ListMatchingRefs(ctx, r.Owner, r.Name, &github.ReferenceListOptions{Ref: "heads/" + scratchPrefix})
	if err != nil {
		return "", r.failed("listing scratch branches", err)
	}
	for _, ref := range old {
		name := strings.TrimPrefix(ref.GetRef(), "refs/heads/")
		if stale(name, time.Now()) {
			r.dropScratch(ctx, name)
		}
	}
	name := scratchPrefix + strconv.FormatInt(time.Now().Unix(), 10) + "-" + rand.Text()
	_, _, err = r.Client.Git.CreateRef(ctx, r.Owner, r.Name, &github.Reference{Ref: github.String("refs/heads/" + name), Object: &github.GitObject{SHA: &at}})
	if err != nil {
		return "", r.failed("making a scratch branch", err)
	}
	return name, nil
}

// stale tells whether a scratch branch is older than any run needs it.
func stale(name string, now time.Time) bool {
	text, _, _ := strings.Cut(strings.TrimPrefix(name, scratchPrefix), "-")
	made, err := strconv.ParseInt(text, 10, 64)
	return err == nil && now.Sub(time.Unix(made, 0)) > scratchLife
}

// dropScratch removes a scratch branch. One that stays is removed by a later run.
func (r *Repository) dropScratch(ctx context.Context, name string) {
	if err := r.deleteRef(ctx, name); err != nil {
		r.Log.Warn("a scratch branch stays", "branch", name, "cause", err)
	}
}

// commitOn commits the edits on a scratch branch,
// https://docs.github.com/en/graphql/reference/mutations#createcommitonbranch.
func (r *Repository) commitOn(ctx context.Context, scratch string, st state, p Proposal) (string, error) {
	headline, body, _ := strings.Cut(p.Message(), "\n")
	var additions []any
	for _, f := range st.plan.Files {
		additions = append(additions, map[string]any{"path": f.Path, "contents": base64.StdEncoding.EncodeToString(f.After)})
	}
	var made struct {
		CreateCommitOnBranch struct {
			Commit struct {
				OID  string `json:"oid"`
				Tree struct {
					OID string `json:"oid"`
				} `json:"tree"`
				Signature *struct {
					IsValid bool `json:"isValid"`
				} `json:"signature"`
			} `json:"commit"`
		} `json:"createCommitOnBranch"`
	}
	err := r.untilSeen(ctx, "making a signed commit", func() error {
		return r.graphQL(ctx, `mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid tree { oid } signature { isValid } } } }`,
			map[string]any{"input": map[string]any{
				"branch":          map[string]any{"repositoryNameWithOwner": r.Owner + "/" + r.Name, "branchName": scratch},
				"message":         map[string]any{"headline": headline, "body": strings.TrimSpace(body)},
				"fileChanges":     map[string]any{"additions": additions},
				"expectedHeadOid": st.base.commit,
			}}, &made)
	})
	c := made.CreateCommitOnBranch.Commit
	switch {
	case err != nil:
		return "", r.failed("making a signed commit", err)
	case c.Tree.OID != p.tree:
		return "", fmt.Errorf("the forge's signed commit %.7s does not hold the files that were proposed", c.OID)
	case c.Signature == nil || !c.Signature.IsValid:
		return "", step.Hint(errors.New("the forge does not sign commits of these credentials"), "use a GitHub App, or leave out --signed-commits")
	}
	return c.OID, nil
}
