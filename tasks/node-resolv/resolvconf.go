// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/adze-ci/adze/tasks/node-resolv/preflight"
	"github.com/adze-ci/adze/tasks/node-resolv/resolvconf"
)

// resolvConf is the file that resolvers read.
const resolvConf = "/etc/resolv.conf"

// resolvConfMode puts cluster DNS first into the node's resolv.conf.
type resolvConfMode struct{ *facts }

func (m *resolvConfMode) name() string                       { return "resolv-conf" }
func (m *resolvConfMode) reload(context.Context, bool) error { return nil } // resolvers look for themselves
func (m *resolvConfMode) remains() ([]part, error) {
	return resolvConfLines.remainsOf(m.opts.etc(), resolvConf)
}
func (m *resolvConfMode) check(ctx context.Context) error {
	target, err := m.opts.etc().Follow(resolvConf)
	if err != nil {
		return err
	}
	return m.checkLoop(ctx, target)
}

func (m *resolvConfMode) parts(mayAdd bool) ([]part, error) {
	return []part{resolvConfLines.part(resolvConf, func(_ []byte, owned []netip.Addr) ([]netip.Addr, error) {
		return m.nameservers(mayAdd, owned), nil
	})}, nil
}

// servers are the Service's nameservers and those in the file.
func (m *resolvConfMode) servers() []netip.Addr {
	return slices.Concat(m.dns, m.found, resolvConfLines.written(m.opts.etc(), resolvConf))
}

func (m *resolvConfMode) lacks(owned []string) situation { return m.lackNameserver(owned) }

// lackNameserver tells why no nameserver is installed.
func (f *facts) lackNameserver(owned []string) situation {
	if len(owned) > 0 {
		return situation{}
	}
	return situation{reason: silent, message: fmt.Sprintf("not installed: %v", f.health.reason(f.dns))}
}

// checkLoop refuses where CoreDNS would forward to itself once a file of the node
// names it.
func (f *facts) checkLoop(ctx context.Context, target string) error {
	switch {
	case len(f.dns) == 0 && f.dnsErr != nil:
		return f.dnsErr
	case len(f.dns) == 0:
		return errStarting
	}
	check := f.opts.check(target)
	check.Addresses = f.dns
	err := check.Run(ctx, f.api)
	if errors.Is(err, preflight.ErrLoop) {
		return refusal{err}
	} else if err != nil {
		return fmt.Errorf("it is not known whether CoreDNS would forward to itself: %w", err)
	}
	return nil
}

// resolvConfLines is how nameservers stand in a resolv.conf.
var resolvConfLines = grammar[netip.Addr]{strip: resolvconf.Strip, install: resolvconf.Install, describe: describeResolvConf}

// describeResolvConf says what resolvers make of the file.
func describeResolvConf(path string, text []byte, owned []netip.Addr) string {
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
