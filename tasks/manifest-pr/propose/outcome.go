// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"maps"
	"slices"
)

// Kind says what became of a proposal.
type Kind string

// The kinds of outcome.
const (
	// Opened: a pull request was opened.
	Opened Kind = "opened"
	// Updated: the pull request that was open proposes this version now.
	Updated Kind = "updated"
	// Unchanged: the manifests or the pull request name this version already.
	Unchanged Kind = "unchanged"
	// Superseded: a newer version is merged or proposed, so nothing was done.
	Superseded Kind = "superseded"
)

// Outcome is what became of one unit.
type Outcome struct {
	Kind Kind
	// URL and Number are the open pull request's; empty when there is none.
	URL    string
	Number int
	// By is a newer commit, for Superseded.
	By string
	// Aside are, by service, the newer versions that were left in place.
	Aside map[string]Newer
	// Named are the services whose version the base names.
	Named []string
}

// Of is what became of one service of the unit.
func (o Outcome) Of(service string) Outcome {
	newer, aside := o.Aside[service]
	switch {
	case aside:
		o.Kind, o.By = Superseded, newer.Commit
		if newer.URL != "" {
			o.URL, o.Number = newer.URL, newer.Number
		}
	case slices.Contains(o.Named, service):
		o = Outcome{Kind: Unchanged}
	}
	return o
}

// Newer is a newer version that was left in place.
type Newer struct {
	// Commit is the source commit that it was built from.
	Commit string
	// URL and Number are those of the pull request of another unit that proposes it;
	// empty where the base does, or the unit's own.
	URL    string
	Number int
}

// leaving is the outcome of a unit that steps aside for newer versions of all its services.
func leaving(to map[string]Newer) Outcome {
	first := to[slices.Sorted(maps.Keys(to))[0]]
	return Outcome{Kind: Superseded, By: first.Commit, URL: first.URL, Number: first.Number, Aside: to}
}

// leave adds newer versions that were left in place.
func (o *Outcome) leave(to map[string]Newer) {
	all := map[string]Newer{}
	maps.Copy(all, to)
	maps.Copy(all, o.Aside)
	o.Aside = all
}
