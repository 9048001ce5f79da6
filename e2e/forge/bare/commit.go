// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Person is an author, a committer or a tagger.
type Person struct {
	Name, Email string
	When        time.Time
}

// Commit is a commit object taken apart.
type Commit struct {
	SHA, Tree         string
	Parents           []string
	Author, Committer Person
	Message           string
	// Signature is the gpgsig header and Payload the object without it; both
	// are empty when the commit is not signed.
	Signature, Payload string
}

// Commits reads commits in the order asked for.
func (r *Repo) Commits(ctx context.Context, shas []string) ([]Commit, error) {
	if len(shas) == 0 {
		return []Commit{}, nil
	}
	objects, err := r.ReadAll(ctx, shas)
	if err != nil {
		return nil, err
	}
	commits := make([]Commit, len(objects))
	for i, o := range objects {
		if o.Kind != "commit" {
			return nil, fmt.Errorf("object %s is a %s, not a commit: %w", o.SHA, o.Kind, ErrNotFound)
		}
		commits[i] = parseCommit(o)
	}
	return commits, nil
}

// ReadCommit reads one commit.
func (r *Repo) ReadCommit(ctx context.Context, sha string) (Commit, error) {
	commits, err := r.Commits(ctx, []string{sha})
	if err != nil {
		return Commit{}, err
	}
	return commits[0], nil
}

func parseCommit(o Object) Commit {
	c := Commit{SHA: o.SHA, Parents: []string{}}
	head, message, _ := bytes.Cut(o.Data, []byte("\n\n"))
	c.Message = string(message)
	var unsigned, signature []string
	inSignature := false
	for _, line := range strings.Split(string(head), "\n") {
		if inSignature && strings.HasPrefix(line, " ") {
			signature = append(signature, line[1:])
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		if inSignature = key == "gpgsig"; inSignature {
			signature = append(signature, value)
			continue
		}
		unsigned = append(unsigned, line)
		c.setHeader(key, value)
	}
	if len(signature) > 0 {
		c.Signature = strings.Join(signature, "\n")
		c.Payload = strings.Join(unsigned, "\n") + "\n\n" + c.Message
	}
	return c
}

func (c *Commit) setHeader(key, value string) {
	switch key {
	case "tree":
		c.Tree = value
	case "parent":
		c.Parents = append(c.Parents, value)
	case "author":
		c.Author = parsePerson(value)
	case "committer":
		c.Committer = parsePerson(value)
	}
}

func parsePerson(s string) Person {
	open, end := strings.Index(s, "<"), strings.LastIndex(s, ">")
	if open < 0 || end < open {
		return Person{Name: s}
	}
	p := Person{Name: strings.TrimSpace(s[:open]), Email: s[open+1 : end]}
	stamp, zone, _ := strings.Cut(strings.TrimSpace(s[end+1:]), " ")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return p
	}
	p.When = time.Unix(seconds, 0).UTC()
	if z, err := time.Parse("-0700", zone); err == nil {
		p.When = p.When.In(z.Location())
	}
	return p
}

func (p Person) header() string {
	return fmt.Sprintf("%s <%s> %d %s", clean(p.Name), clean(p.Email), p.When.Unix(), p.When.Format("-0700"))
}

// clean takes away what git does not allow in a name or an address.
func clean(s string) string {
	return strings.TrimSpace(strings.NewReplacer("<", "", ">", "", "\n", " ", "\x00", "").Replace(s))
}

// WriteCommit stores c (its SHA and Payload are ignored) and returns its id.
func (r *Repo) WriteCommit(ctx context.Context, c Commit) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", c.Tree)
	for _, p := range c.Parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n", c.Author.header(), c.Committer.header())
	if c.Signature != "" {
		fmt.Fprintf(&b, "gpgsig %s\n", strings.ReplaceAll(strings.TrimRight(c.Signature, "\n"), "\n", "\n "))
	}
	b.WriteString("\n" + c.Message)
	// Of a form that git would refuse is only what is no id, and a message with a zero in it.
	if ids := append([]string{c.Tree}, c.Parents...); !strings.Contains(c.Message, "\x00") && !slices.ContainsFunc(ids, func(id string) bool { return !IsID(id) }) {
		return r.writeLoose("commit", []byte(b.String()))
	}
	return r.Write(ctx, "commit", []byte(b.String()))
}
