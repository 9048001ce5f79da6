// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
)

// facts are what is known of the cluster, the last good of each.
type facts struct {
	opts   *options
	api    *kubeapi.Client
	health *health

	// dns are the DNS Service's addresses; none before they are known. dnsErr is
	// why they could not be read the last time.
	dns    []netip.Addr
	dnsErr error
	// found are the nameservers that a predecessor left, until dns is known.
	found []netip.Addr
	// unread tells that systemd-resolved could not be made to read what was written,
	// or taken out, last.
	unread bool
	// registries are those that --registry names, in that order.
	registries []*registry
	// authorities are the registries' CAs; see authorityOf.
	authorities []*authority
}

func newFacts(o *options, api *kubeapi.Client) *facts {
	ask := func(ctx context.Context, addr netip.Addr) error { return askForCluster(ctx, addr, o.clusterDomain) }
	f := &facts{opts: o, api: api, health: newHealth(ask, o.maxUnhealthy)}
	for _, text := range o.registries {
		name, _ := parseName(text) // Validate has seen it
		f.registries = append(f.registries, &registry{name: name})
	}
	f.authorities, _ = parseAuthorities(o.registryCAs, o.registries) // Validate has seen them
	return f
}

// news changes the facts.
type news func(*facts)

// follow tells what the API server says until the context ends.
func (f *facts) follow(ctx context.Context) <-chan news {
	heard := make(chan news)
	tell := func(n news) {
		select {
		case heard <- n:
		case <-ctx.Done():
		}
	}
	dns, _ := parseName(f.opts.service) // Validate has seen it
	go f.api.FollowService(ctx, dns, func(s kubeapi.Service, err error) {
		tell(func(f *facts) { f.learnDNS(s, err) })
	})
	f.followRegistries(ctx, tell)
	f.followAuthorities(ctx, tell)
	return heard
}

// read asks the API server once.
func (f *facts) read(ctx context.Context) {
	dns, _ := parseName(f.opts.service) // Validate has seen it
	f.learnDNS(f.api.Service(ctx, dns))
	for _, r := range f.registries {
		r.learn(f.api.Service(ctx, r.name))
	}
	for _, c := range f.authorities {
		c.learn(f.api.Secret(ctx, c.name))
	}
}

// learnDNS takes in what is known of the DNS Service. Bad news change nothing:
// the last good addresses stay until they are silent.
func (f *facts) learnDNS(s kubeapi.Service, err error) {
	addrs := s.Addresses()
	if err == nil && len(addrs) == 0 {
		err = fmt.Errorf("the Service %s has no cluster IP", f.opts.service)
	}
	if err != nil {
		f.dnsErr = fmt.Errorf("reading the DNS Service: %w", err)
		return
	}
	f.dns, f.dnsErr = addrs, nil
}

// nameservers chooses which nameservers should be installed where some are: those
// of the Service that answer, or else the last good ones.
func (f *facts) nameservers(mayAdd bool, owned []netip.Addr) []netip.Addr {
	if len(f.dns) == 0 && len(owned) > 0 {
		f.found = owned
	} else if len(f.dns) == 0 {
		owned = f.found // others wrote the file anew meanwhile
	}
	chosen := f.usable(f.dns, owned, mayAdd)
	if len(chosen) > 0 {
		return chosen
	}
	return f.usable(owned, owned, false) // while the API server or the new address is silent
}

// usable picks those of some nameservers that may stand in the node's files.
func (f *facts) usable(addrs, owned []netip.Addr, mayAdd bool) []netip.Addr {
	var good []netip.Addr
	for _, addr := range addrs {
		installed := slices.Contains(owned, addr)
		if (mayAdd || installed) && f.health.usable(addr, installed) {
			good = append(good, addr)
		}
	}
	return good
}
