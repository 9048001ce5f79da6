// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"path"
	"strconv"
	"strings"
)

// tagRule makes tags immutable that match a pattern.
type tagRule struct {
	repositories, tags selector
}

type selector struct {
	Decoration string `json:"decoration"` // repoMatches, repoExcludes, matches, excludes
	Pattern    string `json:"pattern"`
}

// matches knows *, ? and {a,b} within one part of a name, and ** alone.
func (s selector) matches(name string) bool {
	found := s.Pattern == "**"
	for _, pattern := range strings.Split(strings.Trim(s.Pattern, "{}"), ",") {
		if ok, err := path.Match(pattern, name); err == nil && ok {
			found = true
		}
	}
	return found != strings.HasSuffix(strings.ToLower(s.Decoration), "excludes")
}

func (c *call) createTagRule() error {
	p, err := c.project("immutable-tag:create")
	if err != nil {
		return err
	}
	var in struct {
		Disabled bool                  `json:"disabled"`
		Scope    map[string][]selector `json:"scope_selectors"`
		Tags     []selector            `json:"tag_selectors"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if len(in.Scope["repository"]) != 1 || len(in.Tags) != 1 {
		return invalid("validation failure list:\nimmutable rules have one selector of repositories and one of tags") // unrecorded
	}
	c.tagRules++
	if !in.Disabled {
		p.rules = append(p.rules, &tagRule{in.Scope["repository"][0], in.Tags[0]})
	}
	return c.created(apiPrefix + "/projects/" + p.name + "/immutabletagrules/" + strconv.FormatInt(c.tagRules, 10))
}

// protects reports whether a rule of the project makes a tag immutable.
func (r *repository) protects(tag string) bool {
	for _, rule := range r.project.rules {
		if rule.repositories.matches(r.short()) && rule.tags.matches(tag) {
			return true
		}
	}
	return false
}

// immutable fails when one of the artifact's tags must stay.
func (a *artifact) immutable() error {
	for _, t := range a.tags {
		if a.repo.protects(t.name) {
			return protected(t.name)
		}
	}
	return nil
}

func protected(tag string) error {
	return precondition("the tag %s configured as immutable, cannot be deleted", tag)
}
