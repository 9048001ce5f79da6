// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// Four units are worked on at once, each waits for the last of its four, and yet
// what is told of them comes in order.
func TestUnitsAreToldInOrder(t *testing.T) {
	var units []propose.Unit
	for i := range 2 * atOnce {
		units = append(units, propose.Alone(manifests.Service{Name: fmt.Sprint("service-", i)}))
	}
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(&text, nil))
	meet := make([]sync.WaitGroup, 2)
	for i := range meet {
		meet[i].Add(atOnce)
	}
	work := func(_ context.Context, u propose.Unit, log *slog.Logger) end {
		var n int
		if _, err := fmt.Sscanf(u.Key, "service-%d", &n); err != nil {
			return end{err: err}
		}
		log.With("unit", u.Key).WithGroup("g").Info("begins", "n", n)
		meet[n/atOnce].Done()
		meet[n/atOnce].Wait()
		log.Info("ends " + u.Key)
		return end{Outcome: propose.Outcome{Number: n}}
	}
	var want strings.Builder
	inTurn(t.Context(), units, log, work, func(u propose.Unit, e end) {
		log.Info("done " + u.Key)
		fmt.Fprintf(&want, "msg=begins unit=%s g.n=%d\nmsg=\"ends %s\"\nmsg=\"done %s\"\n", u.Key, e.Number, u.Key, u.Key)
	})
	var got strings.Builder
	for line := range strings.Lines(text.String()) {
		got.WriteString(line[strings.Index(line, "msg="):])
	}
	if got.String() != want.String() {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want.String())
	}
}
