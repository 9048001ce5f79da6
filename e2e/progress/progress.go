// SPDX-License-Identifier: Apache-2.0

// Package progress tells a person how far long work is: a line when it starts,
// one at every heartbeat while it lasts, and one with its duration at the end.
package progress

import (
	"fmt"
	"io"
	"time"
)

// Heartbeat is how often work that lasts says so.
const Heartbeat = 15 * time.Second

// Do runs work under a name and tells w about it.
func Do(w io.Writer, name string, work func() error) error {
	end := Start(w, name)
	err := work()
	if err != nil {
		end("failed")
		return err
	}
	end("done")
	return nil
}

// Start says that work begins. The function it returns is to be called once,
// with how the work ended.
func Start(w io.Writer, name string) func(outcome string) {
	begin := time.Now()
	stop, stopped := make(chan struct{}), make(chan struct{})
	fmt.Fprintf(w, "%s …\n", name) //nolint:errcheck // progress is not worth failing for
	go func() {
		defer close(stopped)
		tick := time.NewTicker(Heartbeat)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				fmt.Fprintf(w, "%s … %.0f s\n", name, time.Since(begin).Seconds()) //nolint:errcheck // see above
			}
		}
	}()
	return func(outcome string) {
		close(stop)
		<-stopped
		fmt.Fprintf(w, "%s: %s in %.1f s\n", name, outcome, time.Since(begin).Seconds()) //nolint:errcheck // see above
	}
}
