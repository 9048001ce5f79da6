// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

// reloadTime is how long the node's programs may take to read what was written.
const reloadTime = 10 * time.Second

// outcome is what became of the node's files.
type outcome struct {
	owned []string
	// means are sentences of what is installed.
	means []string
	// files are those that could be opened.
	files   []*nodefile.File
	changed bool
	err     error
}

func (o *outcome) add(p outcome) {
	o.owned = append(o.owned, p.owned...)
	for _, means := range p.means {
		if means != "" && !slices.Contains(o.means, means) {
			o.means = append(o.means, means)
		}
	}
	o.files = append(o.files, p.files...)
	o.changed = o.changed || p.changed
	o.err = errors.Join(o.err, p.err)
}

// settle makes the files as they should be, and reports how that went.
func (a *agent) settle(ctx context.Context) {
	o := a.apply(ctx)
	s := a.situation(o)
	a.status.metrics.count(a.mode.name(), o, s, a.health.silent)
	a.status.report(s)
}

func (a *agent) apply(ctx context.Context) outcome {
	if err := a.recover(); err != nil {
		return outcome{err: err}
	}
	parts, err := a.wanted()
	o := outcome{err: err}
	for _, p := range parts {
		o.add(a.write(p))
	}
	o.err = errors.Join(o.err, a.watch.follow(o.files))
	if !a.swept {
		err := a.sweep(ctx, parts)
		o.err, a.swept = errors.Join(o.err, err), err == nil
	}
	o.err = errors.Join(o.err, reload(ctx, a.mode, o.changed))
	return o
}

// wanted are the parts of the mode as they should be, and what else remains of
// it, to be taken out.
func (a *agent) wanted() ([]part, error) {
	remains, err := a.mode.remains()
	if err != nil {
		return nil, err
	}
	var parts []part
	if a.refused == nil {
		if parts, err = a.mode.parts(a.checked); err != nil {
			return nil, err
		}
	}
	for _, p := range slices.Backward(remains) {
		if !has(parts, p.path) {
			parts = append(parts, p.out())
		}
	}
	return parts, nil
}

// write makes one file as it should be. It is opened anew each time, for its
// link may lead elsewhere now; what it led to before remains of the mode, and is
// given back.
func (a *agent) write(p part) outcome {
	file, err := p.open(a.opts.etc())
	if err != nil {
		return outcome{err: err}
	}
	if old := a.files[p.path]; old != nil && old.NodePath() != file.NodePath() {
		a.checked = false
		p = p.out() // until it is known whether the new one may be written
	}
	a.files[p.path] = file
	text, changed, err := merge(file, p)
	o := outcome{files: []*nodefile.File{file}, changed: changed, err: err}
	if _, o.owned = p.strip(text); len(o.owned) > 0 {
		o.means = []string{p.describe(file.NodePath(), text)}
	}
	return o
}

// situation sums up where things stand.
func (a *agent) situation(o outcome) situation {
	switch {
	case o.err != nil:
		return situation{reason: failed, message: o.err.Error(), err: o.err}
	case a.checked && a.refused != nil:
		return situation{reason: refused, message: "not installed: " + a.refused.Error(), err: a.refused}
	case !a.checked && len(o.owned) == 0 && errors.Is(a.unknown, errStarting):
		return situation{reason: starting, message: a.unknown.Error()}
	case !a.checked && len(o.owned) == 0:
		return situation{reason: waiting, message: "not installed: " + a.unknown.Error(), err: a.unknown}
	}
	if s := a.mode.lacks(o.owned); s.reason != "" {
		return s
	}
	message := strings.Join(o.means, "; ")
	if a.chosen != "" {
		message += "; " + a.mode.name() + " was chosen because " + a.chosen
	}
	return situation{reason: installed, message: message}
}

// reload has the node's programs read what was written, in bounded time.
func reload(ctx context.Context, m mode, changed bool) error {
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	return m.reload(ctx, changed)
}
