// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/google/go-github/v60/github"
)

// Author is who a commit is said to be by.
type Author struct {
	// Name and Email are as git keeps them.
	Name, Email string
}

// ParseAuthor reads NAME <EMAIL>, as git shows it. The forge's own addresses for
// bots, 1+name[bot]@…, are none by RFC 5322, so it does not ask for one.
func ParseAuthor(s string) (Author, error) {
	name, rest, ok := strings.Cut(s, "<")
	email, after, closed := strings.Cut(rest, ">")
	a := Author{strings.TrimSpace(name), email}
	local, host, at := strings.Cut(email, "@")
	switch {
	case !ok || !closed || strings.TrimSpace(after) != "" || a.Name == "":
		return Author{}, fmt.Errorf("%q is not NAME <EMAIL>", s)
	case strings.ContainsFunc(s, unicode.IsControl) || strings.Contains(a.Name, ">"):
		return Author{}, fmt.Errorf("%q is not one line with one name", s)
	case !at || local == "" || host == "" || strings.ContainsAny(email, " <"):
		return Author{}, fmt.Errorf("%q holds no e-mail address", s)
	}
	return a, nil
}

// String is NAME <EMAIL>.
func (a Author) String() string { return a.Name + " <" + a.Email + ">" }

// given tells whether there is one; a commit without is by whom the credentials belong to.
func (a Author) given() bool { return a.Email != "" }

// forge is how the forge takes it; the time is that of the request.
func (a Author) forge() *github.CommitAuthor {
	if !a.given() {
		return nil
	}
	return &github.CommitAuthor{Name: &a.Name, Email: &a.Email}
}
