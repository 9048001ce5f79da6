// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
	"github.com/adze-ci/adze/tasks/node-resolv/preflight"
	"github.com/adze-ci/adze/tasks/node-resolv/resolvconf"
)

// agent keeps one node's file as it should be. All of it runs in one
// goroutine; what happens elsewhere comes in through channels.
type agent struct {
	opts   *options
	api    *kubeapi.Client
	log    *slog.Logger
	health *health
	status *reporter

	// service is the DNS Service's last known addresses; none before the first.
	service    []netip.Addr
	serviceErr error
	// loop is the last preflight's verdict; checked tells whether there is one.
	loop    error
	checked bool

	file      *nodefile.File
	recovered bool
	watch     *fileWatch
}

// news is what the API server told of the DNS Service.
type news struct {
	addrs []netip.Addr
	err   error
}

func newAgent(o *options, api *kubeapi.Client, log *slog.Logger) *agent {
	ask := func(ctx context.Context, addr netip.Addr) error { return askForCluster(ctx, addr, o.clusterDomain) }
	return &agent{opts: o, api: api, log: log, health: newHealth(ask, o.maxUnhealthy), status: newReporter(o, api, log)}
}

// run keeps the file until the context ends, then gives it back.
func (a *agent) run(ctx context.Context) error {
	unlock, err := a.opts.etc().Lock(ctx, func() { a.log.Info("waiting for another node-resolv on this node to end") })
	if ctx.Err() != nil {
		return nil //nolint:nilerr // told to end before it began
	} else if err != nil {
		return err
	}
	if a.watch, err = newFileWatch(a.opts.etcDir); err != nil {
		return errors.Join(err, unlock())
	}
	if err := a.status.serve(ctx); err != nil {
		return errors.Join(err, unlock())
	}
	go a.watch.run(ctx, a.concerns())
	go a.status.sendEvents(ctx)
	a.loopUntil(ctx, a.followService(ctx))
	return errors.Join(a.giveBack(), unlock())
}

// concerns tells which names in the watched folders matter. The link's target
// may bear any name, so only what is surely someone else's is left out.
func (a *agent) concerns() func(string) bool {
	others := []string{"hosts", "passwd", "group", "shadow", "mtab", "ld.so.cache"}
	return func(base string) bool { return !slices.Contains(others, base) }
}

func (a *agent) followService(ctx context.Context) <-chan news {
	name, _ := parseName(a.opts.service) // Validate has seen it
	heard := make(chan news)
	go a.api.FollowService(ctx, name, func(addrs []netip.Addr, err error) {
		select {
		case heard <- news{addrs, err}:
		case <-ctx.Done():
		}
	})
	return heard
}

func (a *agent) loopUntil(ctx context.Context, heard <-chan news) {
	probe, again := time.NewTicker(a.opts.probeInterval), time.NewTicker(a.opts.again)
	defer probe.Stop()
	defer again.Stop()
	a.settle() // mends what a killed predecessor left, before anything is known
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-heard:
			a.learn(n)
			a.preflight(ctx)
			a.probe(ctx)
		case <-probe.C:
			if !a.checked {
				a.preflight(ctx)
			}
			a.probe(ctx)
		case <-again.C:
			a.preflight(ctx)
		case <-a.watch.changed:
		}
		if ctx.Err() == nil {
			a.settle()
		}
	}
}

// learn takes in what is known of the Service. Bad news change nothing: the
// last good addresses stay until they are silent.
func (a *agent) learn(n news) {
	if n.err == nil && len(n.addrs) == 0 {
		n.err = fmt.Errorf("the Service %s has no cluster IP", a.opts.service)
	}
	a.serviceErr = n.err
	if n.err == nil {
		a.service = n.addrs
	}
}

func (a *agent) preflight(ctx context.Context) {
	if a.file == nil || len(a.service) == 0 {
		return
	}
	check := a.opts.check(a.file.NodePath())
	check.Addresses = a.service
	err := check.Run(ctx, a.api)
	switch {
	case err == nil, errors.Is(err, preflight.ErrLoop):
		a.loop, a.checked = err, true
	case !a.checked && ctx.Err() == nil:
		a.loop = err
		a.log.Warn("it is not known whether CoreDNS would forward to itself", "reason", err)
	}
}

// probe asks the Service's nameservers and those in the file.
func (a *agent) probe(ctx context.Context) {
	addrs := slices.Clone(a.service)
	if a.file != nil {
		if text, err := a.file.Read(); err == nil {
			_, owned := resolvconf.Strip(text)
			addrs = append(addrs, owned...)
		}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	a.health.probe(ctx, slices.Compact(addrs))
}

// choose says which nameservers should stand in the file, where some do.
func (a *agent) choose(owned []netip.Addr) []netip.Addr {
	if a.checked && a.loop != nil {
		return nil
	}
	var chosen []netip.Addr
	for _, addr := range a.service {
		installed := slices.Contains(owned, addr)
		if (a.checked || installed) && a.health.usable(addr, installed) {
			chosen = append(chosen, addr)
		}
	}
	if len(chosen) > 0 {
		return chosen
	}
	for _, addr := range owned { // the last good state, while the API server or the new address is silent
		if a.health.usable(addr, true) {
			chosen = append(chosen, addr)
		}
	}
	return chosen
}
