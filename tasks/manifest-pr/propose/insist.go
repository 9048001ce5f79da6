// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/adze-ci/adze/internal/retry"
)

// errOvertaken says that another run, or a person, was faster: read again.
var errOvertaken = errors.New("overtaken by another change")

// errMoved is errOvertaken where the branch is seen to be elsewhere by now.
var errMoved = fmt.Errorf("%w that moved the branch", errOvertaken)

// tries bounds how often one proposal starts over without a sign that others get
// on, and mostTries how often in all: as many runs as that may share a branch at once,
// of which one gets on each time.
const (
	tries     = 12
	mostTries = 60
)

// insist attempts until another run or a person was no faster.
func (r *Repository) insist(ctx context.Context, u Unit, attempt func(context.Context, Unit) (Outcome, error)) (Outcome, error) {
	opened := 0 // the pull request that a try opened before it was overtaken
	idle := 0   // tries without a sign that others get on
	for try := 1; ; try++ {
		out, err := attempt(ctx, u)
		if out.Kind == Opened {
			opened = out.Number
		}
		if err == nil && opened != 0 && out.Number == opened && out.Kind != Superseded {
			out.Kind = Opened
		}
		if !errors.Is(err, errOvertaken) {
			return out, err
		}
		if !errors.Is(err, errMoved) {
			idle++
		}
		if idle == tries || try == mostTries {
			return Outcome{}, fmt.Errorf("giving up after %d tries: %w", try, err)
		}
		r.Log.Info("starting over", "proposal", u.Key, "cause", err.Error())
		if err := pause(ctx, try); err != nil {
			return Outcome{}, err
		}
	}
}

// pause waits a little longer each time, with jitter, so that runs that met do
// not meet again.
func pause(ctx context.Context, try int) error {
	longest := min(100*time.Millisecond<<min(try, 10), 5*time.Second)
	return retry.Sleep(ctx, rand.N(longest)) //nolint:gosec // jitter is no secret
}
