// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"slices"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// Entry is one line of a repository's journal: a ref that moved, or what was
// done to a pull request. What happened later stands later.
type Entry struct {
	// User is who did it.
	User string `json:"user"`
	// Ref is the full name of what moved, from Old to New; where there was or is
	// none, that is forty zeros. Empty for a pull request.
	Ref string `json:"ref,omitempty"`
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// Number is the pull request's, Action what its webhook calls what was done:
	// opened, edited, synchronize, closed, reopened and others.
	Number int64  `json:"number,omitempty"`
	Action string `json:"action,omitempty"`
	// Head and Base are its branches, HeadSHA the commit it is at, Title its title.
	Head    string `json:"head,omitempty"`
	Base    string `json:"base,omitempty"`
	HeadSHA string `json:"head_sha,omitempty"`
	Title   string `json:"title,omitempty"`
}

// Journal is all that happened to the refs and pull requests of OWNER/NAME, the
// oldest first; nothing for a repository that is not there.
func (s *Server) Journal(fullName string) []Entry {
	repo, err := s.lockRepo(fullName)
	if err != nil {
		return nil
	}
	defer repo.mu.Unlock()
	return slices.Clone(repo.journal)
}

func (s *Server) controlJournal(r *http.Request) (any, error) { return s.Journal(fullNameOf(r)), nil }

// noteMoves and notePull write the journal, whether or not a hook listens.
func (m mover) noteMoves(updates []bare.RefUpdate) {
	for _, u := range updates {
		m.repo.journal = append(m.repo.journal, Entry{User: m.actor.Login, Ref: u.Name, Old: u.Old, New: u.New})
	}
}

func (m mover) notePull(i *issue, action string) {
	p := i.pull
	m.repo.journal = append(m.repo.journal, Entry{User: m.actor.Login, Number: i.number, Action: action, Head: p.head, Base: p.base, HeadSHA: p.headSHA, Title: i.title})
}
