// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"io"

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
	var owned []string
	for _, p := range parts {
		is, err := a.show(w, p)
		if err != nil {
			return err
		}
		owned = append(owned, is...)
	}
	if s := a.mode.lacks(owned); s.reason != "" {
		return step.No("%s", s.message)
	}
	return nil
}

// show writes one file's diff, and gives what would be owned in it.
func (a *agent) show(w io.Writer, p part) ([]string, error) {
	file, err := p.open(a.opts.etc())
	if err != nil {
		return nil, err
	}
	before, err := file.Read()
	if err != nil {
		return nil, err
	}
	after, err := p.edit(before)
	if err != nil {
		return nil, step.No("%w", err)
	}
	_, owned := p.strip(after)
	if len(owned) > 0 {
		a.log.Info(p.describe(file.NodePath(), after), "mode", a.mode.name())
	}
	_, err = w.Write(diff.Diff("a"+file.NodePath(), before, "b"+file.NodePath(), after))
	return owned, err
}
