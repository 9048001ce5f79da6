// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
)

// SourceCommit is the commit of the source repository that images were built
// from. All but its id is what strangers wrote.
type SourceCommit struct {
	// SHA is its id.
	SHA string
	// Author and Login are who wrote it, by name and at the forge; Login may be empty.
	Author Author
	Login  string
	// Date is when it was written.
	Date time.Time
	// Subject and Body are the first line of its message and the rest.
	Subject, Body string
	// RepoURL is the address of its repository for people.
	RepoURL string
}

// sourceCommit reads a commit of the sources, once. One that is not known, or may not be
// read, is no more than its absence in what people are told.
func (r *Repository) sourceCommit(ctx context.Context, sha string) (*SourceCommit, error) {
	if !isCommit(sha) {
		return nil, nil
	}
	return r.sources.get(sha, func() (*SourceCommit, error) {
		found, _, err := r.Client.Repositories.GetCommit(ctx, r.SourceOwner, r.SourceName, sha, &github.ListOptions{PerPage: 1})
		switch status(err) {
		case http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusForbidden:
			r.Log.Warn("the source commit cannot be read, so the proposal does not tell whose it is", "commit", sha, "cause", err)
			return nil, nil
		}
		if err != nil {
			return nil, r.refused(fmt.Sprintf("reading commit %.7s of %s/%s", sha, r.SourceOwner, r.SourceName), err)
		}
		return sourceOf(found, r.web()), nil
	})
}

func sourceOf(c *github.RepositoryCommit, web string) *SourceCommit {
	subject, body, _ := strings.Cut(strings.ReplaceAll(c.GetCommit().GetMessage(), "\r\n", "\n"), "\n")
	author := c.GetCommit().GetAuthor()
	return &SourceCommit{
		SHA: c.GetSHA(), Author: Author{author.GetName(), author.GetEmail()}, Login: c.GetAuthor().GetLogin(),
		Date: author.GetDate().Time, Subject: subject, Body: strings.TrimSpace(body), RepoURL: web,
	}
}

// address is the author as RFC 5322 has it, which tells names apart from what
// they hold; empty where the forge names none.
func (a Author) address() string {
	if !a.given() {
		return ""
	}
	return (&mail.Address{Name: a.Name, Address: a.Email}).String()
}

// parseAddress reads address back.
func parseAddress(s string) Author {
	if a, err := mail.ParseAddress(s); err == nil {
		return Author{a.Name, a.Address}
	}
	return Author{}
}
