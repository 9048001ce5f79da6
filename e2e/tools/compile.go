// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/adze-ci/adze/internal/run"
)

// heartbeat is how often a running build says so.
const heartbeat = 15 * time.Second

// compile builds the tool into a folder beside dir, which becomes dir at the end.
func (b Builder) compile(ctx context.Context, r recipe, src, dir string) error {
	b.sweep(r.name)
	tmp, err := os.MkdirTemp(b.Cache, unfinished(r.name)+"*")
	if err != nil {
		return fmt.Errorf("making a folder to build in: %w", err)
	}
	defer os.RemoveAll(tmp)                      //nolint:errcheck // renamed by then, or swept by the next build
	if err := os.Chmod(tmp, 0o755); err != nil { //nolint:gosec // programs are for all users to run
		return fmt.Errorf("making a folder to build in: %w", err)
	}
	done := watch(b.Progress, "building "+r.name+" "+r.version)
	err = run.Command{
		Path: "go",
		Args: append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags", r.ldflags, "-o", tmp + "/"}, r.packages...),
		Dir:  src,
		Env:  append(os.Environ(), r.env...),
	}.Run(ctx)
	if err != nil {
		done("failed")
		return err
	}
	done("done")
	if err := os.Rename(tmp, dir); err != nil {
		return fmt.Errorf("putting the programs in place: %w", err)
	}
	return nil
}

// watch writes that something goes on, now and at every heartbeat, until the
// function it returns is called with how it ended.
func watch(w io.Writer, what string) func(outcome string) {
	start := time.Now()
	stop, stopped := make(chan struct{}), make(chan struct{})
	fmt.Fprintf(w, "%s …\n", what) //nolint:errcheck // progress is not worth failing for
	go func() {
		defer close(stopped)
		tick := time.NewTicker(heartbeat)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				fmt.Fprintf(w, "%s … %.0f s\n", what, time.Since(start).Seconds()) //nolint:errcheck // see above
			}
		}
	}()
	return func(outcome string) {
		close(stop)
		<-stopped
		fmt.Fprintf(w, "%s: %s in %.0f s\n", what, outcome, time.Since(start).Seconds()) //nolint:errcheck // see above
	}
}
