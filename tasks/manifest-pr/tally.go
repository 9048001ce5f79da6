// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// The outcomes that come before, or instead of, a proposal.
const (
	// heldBack: the registry has no such tag.
	heldBack propose.Kind = "held-back"
	// refused: a manifest cannot be edited safely, or the branch is a person's.
	refused propose.Kind = "refused"
	// unanswered: the registry could not be asked.
	unanswered propose.Kind = "unanswered"
	// failed: anything else.
	failed propose.Kind = "failed"
)

// line is what became of one service.
type line struct {
	Service string       `json:"service"`
	Outcome propose.Kind `json:"outcome"`
	Image   string       `json:"image,omitempty"`
	URL     string       `json:"url,omitempty"`
	Number  int          `json:"number,omitempty"`
	By      string       `json:"by,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Edits   []edit       `json:"edits,omitempty"`

	err error
}

// settle says what became of the service's unit.
func (l *line) settle(a end) {
	if a.err == nil {
		own := a.Of(l.Service)
		l.Outcome, l.URL, l.Number, l.By = own.Kind, own.URL, own.Number, own.By
		l.Edits = of(l.Service, a.edits)
		return
	}
	l.Outcome, l.Reason = kindOf(a.err), a.err.Error()
	if l.Outcome != heldBack {
		l.err = fmt.Errorf("service %s: %w", l.Service, a.err)
	}
}

func (l line) log(log *slog.Logger) {
	switch {
	case l.err != nil:
		log.Error(l.err.Error())
		for _, hint := range step.Hints(l.err) {
			log.Info("hint: " + hint)
		}
	case l.Outcome == heldBack:
		log.Warn("held back: "+l.Reason, "service", l.Service)
	case l.Outcome == propose.Superseded:
		log.Info("stepped aside for a newer version", "service", l.Service, "newer", l.By)
	default:
		log.Info(string(l.Outcome), "service", l.Service, "url", l.URL)
	}
}

// tally collects what became of all services.
type tally struct{ lines []line }

// of is a service's line.
func (t *tally) of(service string) *line {
	i := slices.IndexFunc(t.lines, func(l line) bool { return l.Service == service })
	return &t.lines[i]
}

// finish sets the results, prints the answer and says how it ended.
func (t *tally) finish(o *options, env *step.Env) error {
	if err := t.tell(o, env); err != nil {
		return err
	}
	return t.verdict()
}

// fail tells that one error holds for all services.
func (t *tally) fail(err error, o *options, env *step.Env) error {
	t.lines = nil
	for _, name := range o.services {
		t.lines = append(t.lines, line{Service: name, Outcome: kindOf(err), Reason: err.Error(), err: err})
	}
	return t.tell(o, env)
}

func (t *tally) tell(o *options, env *step.Env) error {
	if err := t.hand(o, env.Log); err != nil {
		return err
	}
	return t.print(o, env.Stdout)
}

// print writes the answer. What is done to a folder, its handler has told.
func (t *tally) print(o *options, w io.Writer) error {
	if o.output == "json" {
		lines := t.lines
		if lines == nil {
			lines = []line{}
		}
		return json.NewEncoder(w).Encode(lines)
	}
	if o.local() != "" {
		return nil
	}
	for _, l := range t.lines {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", l.Service, l.Outcome, l.URL); err != nil {
			return err
		}
	}
	return nil
}

// verdict is an error when some service failed; one that only lacks the
// registry's answer makes the whole unanswered.
func (t *tally) verdict() error {
	var names []string
	code := step.CodeNoAnswer
	for _, l := range t.lines {
		if l.err == nil {
			continue
		}
		names = append(names, l.Service)
		if l.Outcome != unanswered {
			code = step.CodeFailed
		}
	}
	text := fmt.Sprintf("%d of %d services not proposed: %s", len(names), len(t.lines), strings.Join(names, ", "))
	switch {
	case len(names) == 0:
		return nil
	case code == step.CodeNoAnswer:
		return step.NoAnswer("%s", text)
	default:
		return errors.New(text)
	}
}
