// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"net/netip"
	"strings"
)

// mode is one way to make a node resolve in-cluster names. It reads what it
// needs to know from the facts that it was made with; the agent does the rest.
type mode interface {
	// name is its word for --mode.
	name() string
	// check finds out whether it may be installed on this node: nil, a refusal,
	// or another error where that could not be found out.
	check(ctx context.Context) error
	// servers are the nameservers that it installs or has installed, to be asked
	// whether they answer.
	servers() []netip.Addr
	// parts are its shares in the node's files, in the order of writing. Unless it
	// mayAdd, only what is installed already is kept.
	parts(mayAdd bool) ([]part, error)
	// remains are the shares that it, or a copy before, may have left on the node.
	remains() ([]part, error)
	// lacks tells, of what is owned in its parts, what is not installed and why; a
	// situation without a reason where nothing lacks.
	lacks(owned []string) situation
	// reload makes the node's programs read what was written, if something changed
	// or if they did not read it before.
	reload(ctx context.Context, changed bool) error
}

// modes makes the modes that a word for --mode stands for, the best first.
func modes(word string, f *facts) []mode {
	var chosen []mode
	for _, m := range everyMode(f) {
		if word == "auto" || word == m.name() {
			chosen = append(chosen, m)
		}
	}
	return chosen
}

// everyMode lists all modes, the least invasive first: those that touch
// nothing but the named Services' names before those that change who is asked.
func everyMode(f *facts) []mode {
	return []mode{&hostsTOMLMode{facts: f}, &hostsMode{f}, &resolvedMode{facts: f}, &resolvConfMode{f}}
}

// refusal is the verdict that a mode must not be installed here.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func isRefusal(err error) bool {
	var r refusal
	return errors.As(err, &r)
}

// refusals are why each of several modes was refused.
type refusals []error

func (r refusals) Unwrap() []error { return r }

func (r refusals) Error() string {
	var texts []string
	for _, err := range r {
		texts = append(texts, err.Error())
	}
	return strings.Join(texts, "; ")
}
