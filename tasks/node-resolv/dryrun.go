// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"io"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/adze-ci/adze/internal/step"
)

// dryRun shows what would be written.
func (a *agent) dryRun(ctx context.Context, w io.Writer) error {
	a.inherit()
	a.read(ctx)
	a.elect(ctx)
	switch {
	case !a.checked:
		return step.NoAnswer("finding out what may be installed: %w", a.unknown)
	case a.refused != nil:
		return step.No("%w", a.refused)
	}
	a.probe(ctx)
	parts, err := a.mode.parts(true)
	if err != nil {
		return err
	}
	var all outcome
	for _, p := range parts {
		all.add(a.show(w, p))
	}
	if all.err != nil {
		return all.err
	}
	if s := a.mode.lacks(all.owned); s.reason != "" {
		return step.No("%s", s.message)
	}
	a.log.Info(strings.Join(all.means, "; "), "mode", a.mode.name())
	return nil
}

// show writes one file's diff, and gives what would be owned in it.
func (a *agent) show(w io.Writer, p part) outcome {
	file, err := p.open(a.opts.etc())
	if err != nil {
		return outcome{err: err}
	}
	before, err := file.Read()
	if err != nil {
		return outcome{err: err}
	}
	after, err := p.edit(before)
	if err != nil {
		return outcome{err: step.No("%w", err)}
	}
	var o outcome
	if _, o.owned = p.strip(after); len(o.owned) > 0 {
		o.means = []string{p.describe(file.NodePath(), after)}
	}
	_, o.err = w.Write(diff.Diff("a"+file.NodePath(), before, "b"+file.NodePath(), after))
	return o
}
