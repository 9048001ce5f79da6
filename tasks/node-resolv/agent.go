// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

// errStarting says that nothing is known yet.
var errStarting = errors.New("nothing is known of the cluster yet")

// agent keeps one node's files as they should be. All of it runs in one
// goroutine; what happens elsewhere comes in through channels.
type agent struct {
	*facts
	log    *slog.Logger
	status *reporter
	watch  *fileWatch

	// modes are those to choose from, mode the one that was chosen.
	modes []mode
	mode  mode
	// checked tells whether the verdict is known: granted, or refused with a
	// reason. unknown is why it is not.
	checked bool
	refused error
	unknown error
	// unanswered tells since when a mode's check has no answer.
	unanswered map[string]time.Time
	// chosen says why mode was chosen: why those before it were refused.
	chosen string

	// files are those that were written, by their part's path.
	files map[string]*nodefile.File
	// recovered and swept tell that what was left by a killed copy, and by other
	// modes, is gone.
	recovered, swept bool
}

func newAgent(o *options, api *kubeapi.Client, log *slog.Logger) *agent {
	f := newFacts(o, api)
	return &agent{
		facts: f, log: log, status: newReporter(o, api, log),
		modes: modes(o.mode, f), unknown: errStarting, unanswered: map[string]time.Time{}, files: map[string]*nodefile.File{},
	}
}

// run keeps the files until the context ends, then gives them back.
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
	a.loopUntil(ctx, a.follow(ctx))
	return errors.Join(a.giveBack(), unlock())
}

// concerns tells which names in the watched folders matter. A link's target
// may bear any name, so only what is surely someone else's is left out, and what
// is made for a write.
func (a *agent) concerns() func(string) bool {
	others := []string{"passwd", "group", "shadow", "mtab", "ld.so.cache"}
	return func(base string) bool {
		return !slices.Contains(others, base) && !strings.HasPrefix(base, nodefile.OwnPrefix)
	}
}

func (a *agent) loopUntil(ctx context.Context, heard <-chan news) {
	probe, again := time.NewTicker(a.opts.probeInterval), time.NewTicker(a.opts.again)
	defer probe.Stop()
	defer again.Stop()
	a.inherit()
	a.settle(ctx) // mends what a killed predecessor left, before anything is known
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-heard:
			n(a.facts)
			a.elect(ctx)
			a.probe(ctx)
		case <-probe.C:
			if !a.checked {
				a.elect(ctx)
			}
			a.probe(ctx)
		case <-again.C:
			a.elect(ctx)
		case <-a.watch.changed:
			a.watch.calm(ctx)
		}
		if ctx.Err() == nil {
			a.settle(ctx)
		}
	}
}

// inherit takes up the mode of which a predecessor left something, until it is
// known which one may be installed.
func (a *agent) inherit() {
	a.mode = a.modes[len(a.modes)-1]
	if m, _, err := ownedByAll(a.modes, a.opts.etc()); err == nil && m != nil {
		a.mode = m
	}
}

// probe asks the nameservers that matter.
func (a *agent) probe(ctx context.Context) {
	addrs := a.mode.servers()
	slices.SortFunc(addrs, netip.Addr.Compare)
	a.health.probe(ctx, slices.Compact(addrs))
}
