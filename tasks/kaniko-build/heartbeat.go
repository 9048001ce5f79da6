// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import "time"

const (
	// lookEvery is how often a build is looked at.
	lookEvery = 5 * time.Second
	// silence is how long it may say nothing before a line says that it goes on.
	silence = 30 * time.Second
)

// lessMemory is what to do when memory runs out.
const lessMemory = "raise the step's memory limit, or pass --extra-arg=--compressed-caching=false and --extra-arg=--snapshot-mode=redo, which need less"

// heartbeat looks after a build until it is stopped: it says that a silent one
// goes on, and that memory is nearly used up. A kubelet that kills the whole
// container leaves no time to say so afterwards.
func (v *view) heartbeat() (stop func()) {
	ticker, done := time.NewTicker(lookEvery), make(chan struct{})
	go func() {
		for {
			select {
			case now := <-ticker.C:
				m, _ := readMemory(cgroups)
				v.beat(now, m)
			case <-done:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(done) }
}

// beat is one look.
func (v *view) beat(now time.Time, m memory) {
	v.mu.Lock()
	defer v.mu.Unlock()
	what := "before the first instruction"
	if at := v.at(); at != nil {
		what = at.String()
	}
	if m.short() && !v.short {
		v.short = true
		v.log.Warn("memory is nearly used up", "at", what, "memory", m.String(), "hint", lessMemory)
	}
	if now.Sub(v.heard) < silence {
		return
	}
	v.heard = now
	said := []any{"at", what, "for", now.Sub(v.began).Round(time.Second).String()}
	if m.limit > 0 {
		said = append(said, "memory", m.String())
	}
	v.log.Info("still building", said...)
}
