// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"regexp"
	"strings"
	"text/template"
)

// BranchName is what a branch's template sees.
type BranchName struct {
	// Key names the unit: a service, or what --group makes of several.
	Key string
	// Base is the branch that the pull requests go to, and Default whether that is
	// the repository's default branch.
	Base    string
	Default bool
}

// branchPrefix begins the names of all branches: a trigger knows a merge of ours by it.
const branchPrefix = "adze/"

// affixes are what stands before and after the unit's key in the names of branches.
type affixes struct{ before, after string }

// parseBranchName tries a template with both answers to the only question that is open
// before the forge was asked, whether the base is the default branch. A name must
// hold the key once and as it is, so that each unit has a branch and each branch a unit.
func parseBranchName(text, base string) (map[bool]affixes, error) {
	if text == "" {
		return nil, nil
	}
	t, err := template.New("branch").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading the branch's template: %w", err)
	}
	found := map[bool]affixes{}
	for _, isDefault := range []bool{true, false} {
		var a affixes
		for i, key := range []string{"k-1-y", "k-2-y"} {
			name, err := render(t, BranchName{Key: key, Base: base, Default: isDefault})
			if err != nil {
				return nil, err
			}
			before, after, ok := strings.Cut(name, key)
			if !ok || strings.Contains(after, key) || i == 1 && (affixes{before, after}) != a {
				return nil, fmt.Errorf("the branch's template must hold {{.Key}} once and in all cases, it makes %q of %q", name, key)
			}
			a = affixes{before, after}
		}
		if err := a.check(); err != nil {
			return nil, err
		}
		found[isDefault] = a
	}
	return found, nil
}

// affixes are those of the names of branches, adze/KEY or adze/KEY@BASE unless a
// template says otherwise.
func (t Templates) affixes(base string, isDefault bool) affixes {
	switch a, ok := t.branches[isDefault]; {
	case ok:
		return a
	case isDefault:
		return affixes{branchPrefix, ""}
	default:
		return affixes{branchPrefix, "@" + base}
	}
}

// refPart is what a branch's name may hold around the key, less than git allows.
var refPart = regexp.MustCompile(`^[A-Za-z0-9._/@+-]*$`)

// check wants a name that git takes, and that a trigger knows as ours.
func (a affixes) check() error {
	name := a.of("key")
	switch {
	case !strings.HasPrefix(name, branchPrefix):
		return fmt.Errorf("the branch's template makes %q, which does not begin with %s: merges of it would start a build", name, branchPrefix)
	case !refPart.MatchString(name), strings.Contains(name, ".."), strings.Contains(name, "//"), strings.Contains(name, "/."),
		strings.Contains(name, "@{"), strings.HasSuffix(name, "/"), strings.HasSuffix(name, "."), strings.HasSuffix(name, ".lock"):
		return fmt.Errorf("the branch's template makes %q, which is no name for a branch", name)
	}
	return nil
}

func (a affixes) of(key string) string { return a.before + key + a.after }

// key is the unit whose branch bears a name; false where it is none's.
func (a affixes) key(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, a.before)
	key, ok2 := strings.CutSuffix(rest, a.after)
	return key, ok && ok2 && key != ""
}
