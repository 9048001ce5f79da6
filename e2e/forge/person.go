// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"time"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// webFlow is the committer of what GitHub commits by itself.
const (
	webFlowName  = "GitHub"
	webFlowEmail = "noreply@github.com"
)

// personBody is an author or committer in a request.
type personBody struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	Date  time.Time `json:"date"`
}

// person makes the git identity of a request, or of the caller where it names none.
func (c *call) person(p *personBody) bare.Person {
	if p == nil {
		return bare.Person{Name: c.actor.Name, Email: c.actor.Email, When: c.now()}
	}
	when := p.Date
	if when.IsZero() {
		when = c.now()
	}
	return bare.Person{Name: p.Name, Email: p.Email, When: when}
}

func (c *call) webFlow() bare.Person {
	return bare.Person{Name: webFlowName, Email: webFlowEmail, When: c.now()}
}

// checkPerson wants name and email where there is an author or committer.
func checkPerson(resource, field string, p *personBody) error {
	if p == nil || (p.Name != "" && p.Email != "") {
		return nil
	}
	return invalid(resource, field, "missing_field")
}

// sign notes that the forge vouches for a commit: GitHub signs what an App
// commits without naming an author, what createCommitOnBranch makes, and merges.
func (c *call) sign(sha string) { c.repo.signed[sha] = c.now() }

// signsFor says whether GitHub would sign a commit of this caller.
func (c *call) signsFor(author, committer *personBody) bool {
	return c.token != nil && c.token.installation != nil && author == nil && committer == nil
}

func gitUser(p bare.Person) object {
	return object{"name": p.Name, "email": p.Email, "date": stamp(p.When)}
}

// verification is what GitHub says of a commit's signature.
func (r *repository) verification(c bare.Commit) object {
	out := object{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}
	if c.Signature != "" {
		out["reason"], out["signature"], out["payload"] = "unknown_key", c.Signature, c.Payload
	}
	if at, ok := r.signed[c.SHA]; ok {
		out["verified"], out["reason"], out["verified_at"] = true, "valid", stamp(at)
	}
	return out
}
