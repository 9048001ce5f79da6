// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/resolvconf"
	"github.com/adze-ci/adze/tasks/node-resolv/resolved"
	"github.com/adze-ci/adze/tasks/node-resolv/systemd"
)

const (
	resolvedUnit = "systemd-resolved.service"
	// resolvedServers lists all servers of systemd-resolved, for programs, and
	// kubelets, that go without it.
	resolvedServers = "/run/systemd/resolve/resolv.conf"
)

// resolvedMode has systemd-resolved ask cluster DNS for the cluster's names.
type resolvedMode struct {
	*facts
	// seen tells that it was looked whether a copy before was killed between the
	// drop-in and the reload.
	seen bool
}

func (m *resolvedMode) name() string { return "resolved" }

// check refuses where the node's programs do not ask systemd-resolved, where it
// cannot be told to read, where others gave it global servers, and where CoreDNS
// would forward to itself: the kubelet gives pods the list of all servers there.
func (m *resolvedMode) check(ctx context.Context) error {
	etc := m.opts.etc()
	if runs, why := resolved.Runs(etc); !runs {
		return refusal{errors.New(why)}
	}
	for _, needed := range []string{systemd.Bus, resolvedServers} {
		if _, err := os.Stat(etc.Local(needed)); errors.Is(err, fs.ErrNotExist) {
			return refusal{step.Hint(fmt.Errorf("there is no %s", etc.Local(needed)), "mount the folder of the node's %s", needed)}
		}
	}
	if file, err := resolved.Global(etc); err != nil {
		return err
	} else if file != "" {
		return refusal{fmt.Errorf("%s gives systemd-resolved global servers, which it would ask for the cluster's names too", file)}
	}
	return m.checkLoop(ctx, resolvedServers)
}

func (m *resolvedMode) parts(mayAdd bool) ([]part, error) {
	p := resolvedDropIn.part(resolved.Path, func(foreign []byte, owned []resolved.Route) ([]resolved.Route, error) {
		if foreign != nil {
			return nil, errForeign
		}
		chosen := m.nameservers(mayAdd, servers(owned))
		if len(chosen) == 0 {
			return nil, nil
		}
		return []resolved.Route{{Servers: chosen, Domain: m.opts.clusterDomain}}, nil
	})
	p.create = true
	return []part{p}, nil
}

func (m *resolvedMode) remains() ([]part, error) {
	return []part{resolvedDropIn.remains(resolved.Path)}, nil
}

func (m *resolvedMode) servers() []netip.Addr {
	return slices.Concat(m.dns, m.found, m.written())
}

// written are the servers in the drop-in.
func (m *resolvedMode) written() []netip.Addr {
	return servers(resolvedDropIn.written(m.opts.etc(), resolved.Path))
}

func (m *resolvedMode) lacks(owned []string) situation { return m.lackNameserver(owned) }

func (m *resolvedMode) reload(ctx context.Context, changed bool) error {
	m.unread = m.unread || changed || !m.seen && m.stale()
	m.seen = true
	if !m.unread {
		return nil
	}
	err := systemd.Reload(ctx, m.opts.etc().Local(systemd.Bus), resolvedUnit)
	m.unread = err != nil
	return err
}

// stale tells whether systemd-resolved has not read the drop-in.
func (m *resolvedMode) stale() bool {
	text, err := os.ReadFile(m.opts.etc().Local(resolvedServers))
	known := resolvconf.Nameservers(text)
	return err == nil && slices.ContainsFunc(m.written(), func(addr netip.Addr) bool { return !slices.Contains(known, addr) })
}

// servers are those of the drop-in's only route.
func servers(routes []resolved.Route) []netip.Addr {
	var addrs []netip.Addr
	for _, r := range routes {
		addrs = append(addrs, r.Servers...)
	}
	return addrs
}

// resolvedDropIn is how a route stands in systemd-resolved's drop-in.
var resolvedDropIn = grammar[resolved.Route]{strip: resolved.Strip, install: resolved.Install, describe: describeResolved}

func describeResolved(_ string, _ []byte, owned []resolved.Route) string {
	return fmt.Sprintf("systemd-resolved asks %v for %s", owned[0].Servers, owned[0].Domain)
}
