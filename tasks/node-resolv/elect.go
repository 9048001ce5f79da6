// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"fmt"
)

// elect chooses the first mode that may be installed. Where one's check has no
// answer it waits for that, and changes nothing meanwhile; but not for ever, if a
// later mode may be installed and this one is not. Where all had been refused, that
// is what is told.
func (a *agent) elect(ctx context.Context) {
	var against refusals
	var unknown error
	for _, m := range a.modes {
		err := m.check(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil || isRefusal(err) {
			delete(a.unanswered, m.name())
		}
		if err == nil {
			a.take(m, against)
			return
		}
		reason := a.of(m, err)
		if !isRefusal(err) {
			if unknown == nil {
				unknown = reason
			}
			if a.granted(m) || !a.overdue(m) {
				break
			}
			reason = a.of(m, fmt.Errorf("for longer than %s it was not known whether it works: %w", a.opts.again, err))
		}
		against = append(against, reason)
	}
	if unknown != nil {
		a.unknown = unknown
		a.checked = a.checked && a.refused == nil
		return
	}
	a.checked, a.refused = true, against
}

// of says of which mode an error is, where there are several.
func (a *agent) of(m mode, err error) error {
	if len(a.modes) == 1 {
		return err
	}
	return fmt.Errorf("%s: %w", m.name(), err)
}

// granted tells whether a mode is the one that was chosen: it works until it is
// known not to.
func (a *agent) granted(m mode) bool { return a.checked && a.refused == nil && a.mode == m }

// overdue tells whether a mode's check has been without an answer for longer
// than it takes to look again.
func (a *agent) overdue(m mode) bool {
	now := a.health.now()
	since, known := a.unanswered[m.name()]
	if !known {
		a.unanswered[m.name()] = now
	}
	return known && now.Sub(since) > a.opts.again
}

// take settles on a mode.
func (a *agent) take(m mode, against refusals) {
	if a.mode != m {
		a.mode, a.swept = m, false
	}
	a.checked, a.refused, a.chosen = true, nil, against.Error()
}
