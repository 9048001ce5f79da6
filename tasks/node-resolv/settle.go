// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
	"github.com/adze-ci/adze/tasks/node-resolv/resolvconf"
)

// resolvConf is the file that resolvers read.
const resolvConf = "/etc/resolv.conf"

// maxMerges is how often in a row someone else may write between our reading
// and our writing.
const maxMerges = 10

// settle makes the file as it should be, and reports how that went.
func (a *agent) settle() {
	text, owned, err := a.apply()
	a.status.report(a.situation(text, owned, err))
}

func (a *agent) apply() ([]byte, []netip.Addr, error) {
	if err := a.find(); err != nil {
		return nil, nil, err
	}
	return merge(a.file, a.choose)
}

// find opens the file, anew each time, for its link may lead elsewhere now. A
// file that the link no longer leads to is given back.
func (a *agent) find() error {
	file, err := nodefile.Open(a.opts.etc(), resolvConf)
	if err != nil {
		return err
	}
	if a.file != nil && a.file.NodePath() != file.NodePath() {
		if _, _, err := merge(a.file, none); err != nil {
			a.log.Warn("the link was turned away from a file that could not be given back", "file", a.file.NodePath(), "reason", err)
		}
		a.checked = false
	}
	a.file = file
	if !a.recovered {
		undone, err := file.Recover()
		if err != nil {
			return err
		}
		a.recovered = true
		if undone {
			a.log.Warn("undid a write that was broken off", "file", file.NodePath())
		}
	}
	return a.watch.follow(file)
}

// merge replaces the owned lines of a file by those that choose says, and
// gives the text and what is owned in it. What others write at the same time is
// read again and kept.
func merge(file *nodefile.File, choose func(owned []netip.Addr) []netip.Addr) ([]byte, []netip.Addr, error) {
	for try := 0; ; try++ {
		before, err := file.Read()
		if err != nil {
			return nil, nil, err
		}
		foreign, owned := resolvconf.Strip(before)
		chosen := choose(owned)
		after := resolvconf.Install(foreign, chosen)
		err = file.Write(before, after)
		if err == nil {
			return after, chosen, nil
		}
		if !errors.Is(err, nodefile.ErrChanged) || try == maxMerges {
			return before, owned, err
		}
	}
}

func none([]netip.Addr) []netip.Addr { return nil }

// giveBack takes our lines out at the end.
func (a *agent) giveBack() error {
	if a.file == nil {
		return nil
	}
	if _, _, err := merge(a.file, none); err != nil {
		return err
	}
	a.log.Info("gave the node's file back", "file", a.file.NodePath())
	return nil
}

// situation sums up where things stand.
func (a *agent) situation(text []byte, owned []netip.Addr, err error) situation {
	switch {
	case err != nil:
		return situation{reason: failed, message: err.Error(), err: err}
	case a.checked && a.loop != nil:
		return situation{reason: refused, message: "not installed: " + a.loop.Error(), err: a.loop}
	case len(owned) > 0:
		return situation{reason: installed, message: describe(a.file.NodePath(), text, owned)}
	case len(a.service) == 0 && a.serviceErr != nil:
		return situation{reason: waiting, message: "not installed: " + a.serviceErr.Error()}
	case len(a.service) == 0:
		return situation{reason: starting, message: "reading the DNS Service " + a.opts.service}
	case !a.checked:
		return situation{reason: waiting, message: fmt.Sprintf("not installed: it is not known whether CoreDNS would forward to itself: %v", a.loop)}
	default:
		return situation{reason: silent, message: fmt.Sprintf("not installed: %v", a.health.reason(a.service))}
	}
}

// describe says what is in the file now and what resolvers make of it.
func describe(path string, text []byte, owned []netip.Addr) string {
	message := fmt.Sprintf("%s asks %v first", path, owned)
	if ignored := resolvconf.Ignored(text); len(ignored) > 0 {
		message += fmt.Sprintf("; resolvers ask %d nameservers at most, so %v falls off meanwhile", resolvconf.MaxNameservers, ignored)
	}
	if resolvconf.Rotates(text) {
		message += "; its `options rotate` makes resolvers ask the others first at times"
	}
	if asked := resolvconf.Nameservers(text); len(asked) > 0 && !slices.Contains(owned, asked[0]) {
		message += fmt.Sprintf("; %s stands before it", asked[0])
	}
	return message
}
