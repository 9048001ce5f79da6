// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// answered is a mode whose check answers as it is told.
type answered struct {
	mode
	word   string
	answer error
}

func (m *answered) name() string                { return m.word }
func (m *answered) check(context.Context) error { return m.answer }

// Auto waits for a check that has no answer, and goes on to a mode that may be
// installed after it had none for as long as it takes to look again.
func TestElectWaitsButNotForEver(t *testing.T) {
	forbidden, no := errors.New("403 Forbidden"), refusal{errors.New("no")}
	first, second, third := &answered{word: "first"}, &answered{word: "second"}, &answered{word: "third"}
	a := newAgent(&options{mode: "auto", again: time.Minute}, nil, slog.New(slog.DiscardHandler))
	a.modes = []mode{first, second, third}
	now := time.Unix(0, 0)
	a.health.now = func() time.Time { return now }
	for _, c := range []struct {
		what    string
		wait    time.Duration
		answers []error
		want    mode
		says    string
	}{
		{"no answer at first", 0, []error{no, forbidden, nil}, nil, "second: 403 Forbidden"},
		{"none within the time", time.Minute, []error{no, forbidden, nil}, nil, "second: 403 Forbidden"},
		{"none beyond it", time.Second, []error{no, forbidden, nil}, third, "first: no; second: for longer than 1m0s it was not known whether it works: 403 Forbidden"},
		{"it answers", 0, []error{no, nil, nil}, second, "first: no"},
		{"none again: what was chosen stays", 0, []error{no, forbidden, nil}, second, "first: no"},
		{"none for long: it stays still", time.Hour, []error{no, forbidden, nil}, second, "first: no"},
		{"nobody answers, for long", time.Hour, []error{forbidden, forbidden, forbidden}, second, "first: no"},
		{"all refuse", 0, []error{no, no, no}, nil, "first: no; second: no; third: no"},
		{"none after that: it is told", 0, []error{no, no, forbidden}, nil, "third: 403 Forbidden"},
	} {
		t.Run(c.what, func(t *testing.T) {
			now = now.Add(c.wait)
			first.answer, second.answer, third.answer = c.answers[0], c.answers[1], c.answers[2]
			a.elect(t.Context())
			var got mode
			says := a.unknown.Error()
			switch {
			case a.checked && a.refused != nil:
				says = a.refused.Error()
			case a.checked:
				got, says = a.mode, a.chosen
			}
			if got != c.want || !strings.Contains(says, c.says) {
				t.Errorf("%v is chosen: %s", got, says)
			}
		})
	}
}
