// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// advert is what a server says of itself.
type advert struct {
	// version is that of the protocol: 2 (gitprotocol-v2(5)), or 0
	// (gitprotocol-pack(5)), of which 1 differs by one line.
	version int
	// fetch are the features of a fetch.
	fetch []string
	// format is the kind of object ids.
	format string
	// names tells that object-format may be named in requests.
	names bool
	// refs are told by version 0 at once; version 2 is asked for them.
	refs []Ref
}

func (a *advert) can(feature string) bool { return slices.Contains(a.fetch, feature) }

// errNotGit says that the answer is not one of git's smart protocol.
var errNotGit = errors.New("it does not answer as a git server")

// readAdvert reads what a server says first.
func readAdvert(br *bufio.Reader) (*advert, error) {
	lines, err := readLines(br)
	if err == nil && len(lines) > 0 && strings.HasPrefix(lines[0], "# service=") {
		lines, err = readLines(br)
	}
	switch {
	case errors.Is(err, errPktLength):
		return nil, fmt.Errorf("%w: %w", errNotGit, err)
	case err != nil:
		return nil, err
	case len(lines) > 0 && lines[0] == "version 2":
		return advertTwo(lines[1:]), nil
	case len(lines) > 0 && lines[0] == "version 1":
		lines = lines[1:]
	}
	return advertZero(lines)
}

func advertTwo(lines []string) *advert {
	a := &advert{version: 2}
	for _, line := range lines {
		switch key, value, _ := strings.Cut(line, "="); key {
		case "fetch":
			a.fetch = strings.Fields(value)
		case "object-format":
			a.format, a.names = value, true
		}
	}
	return a
}

// advertZero reads "<id> <name>" lines, the first with the features behind a
// zero byte. An empty repository has none, or one whose name is capabilities^{}.
func advertZero(lines []string) (*advert, error) {
	a := &advert{}
	targets := map[string]string{}
	for i, line := range lines {
		if i == 0 {
			var features string
			line, features, _ = strings.Cut(line, "\x00")
			a.fetch = strings.Fields(features)
			for _, f := range a.fetch {
				if link, ok := strings.CutPrefix(f, "symref="); ok {
					name, target, _ := strings.Cut(link, ":")
					targets[name] = target
				}
				if format, ok := strings.CutPrefix(f, "object-format="); ok {
					a.format = format
				}
			}
		}
		if a.format != "" && a.format != "sha1" {
			return a, nil // to be refused by name
		}
		word, name, ok := strings.Cut(line, " ")
		if word == "shallow" || name == "capabilities^{}" {
			continue
		}
		id, err := ParseID(word)
		if err != nil || !ok {
			return nil, fmt.Errorf("%w: the ref line %q", errNotGit, line)
		}
		if whole, ok := strings.CutSuffix(name, "^{}"); ok && len(a.refs) > 0 && a.refs[len(a.refs)-1].Name == whole {
			a.refs[len(a.refs)-1].ID = id
			continue
		}
		a.refs = append(a.refs, Ref{Name: name, ID: id, Target: targets[name]})
	}
	return a, nil
}

// under are the refs below some prefixes.
func (a *advert) under(prefixes []string) []Ref {
	var out []Ref
	for _, ref := range a.refs {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(ref.Name, p) }) {
			out = append(out, ref)
		}
	}
	return out
}
