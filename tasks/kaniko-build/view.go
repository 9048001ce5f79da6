// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

const (
	maxLine   = 8 << 10
	keptLines = 12
	// worthTelling is how long an instruction takes whose time is told.
	worthTelling = time.Second
)

// view shows a build as it goes on, and remembers where it is.
type view struct {
	log          *slog.Logger
	instructions []recipe.Instruction
	// stages counts those that are built, up to the target.
	stages int
	// secrets are words that are not shown.
	secrets []string

	mu    sync.Mutex
	buf   []byte
	stage int
	// current is the index of the instruction that runs; -1 before the first.
	current int
	// began is when the current instruction began, heard when the last line came.
	began, heard time.Time
	// short tells that memory is nearly used up, and that this was said.
	short bool
	// tail are the last lines that the current instruction printed.
	tail []string
	// last is the last line that is no log entry, died the last one in which the
	// executor says why it ends: what a RUN line left running may print after it.
	// Where it breaks down it has no such word, and crashed is that of Go for it.
	last, died, crashed string
}

// newView follows a build up to a stage.
func newView(log *slog.Logger, stages []stage, target int) *view {
	now := time.Now()
	v := &view{log: log, stages: target + 1, current: -1, began: now, heard: now}
	for _, s := range stages[:target+1] {
		v.instructions = append(v.instructions, s.instructions...)
	}
	return v
}

// Write takes a piece of output; progress bars end their lines with \r.
func (v *view) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.buf = append(v.buf, p...)
	for {
		i := bytes.IndexAny(v.buf, "\r\n")
		if i < 0 && len(v.buf) < maxLine {
			return len(p), nil
		}
		if i < 0 {
			v.line(string(v.buf))
			v.buf = nil
			return len(p), nil
		}
		v.line(string(v.buf[:i]))
		v.buf = v.buf[i+1:]
	}
}

// flush shows what was left without an end of line.
func (v *view) flush() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.line(string(v.buf))
	v.buf = nil
	v.took(time.Now())
}

// line shows one line of output.
func (v *view) line(text string) {
	text = strings.TrimRight(strings.ToValidUTF8(text, "�"), " \t")
	if text == "" {
		return
	}
	v.heard = time.Now()
	var entry struct{ Level, Msg string }
	if strings.HasPrefix(text, `{"level":"`) && json.Unmarshal([]byte(text), &entry) == nil {
		v.entry(entry.Level, entry.Msg)
		return
	}
	text = v.redact(text)
	v.last = text
	switch {
	case dying.MatchString(text), v.current < 0 && strings.HasPrefix(text, badCall):
		v.died = text
	case crashing.MatchString(text):
		v.crashed = text
	}
	v.tail = append(v.tail, text)
	v.tail = v.tail[max(0, len(v.tail)-keptLines):]
	v.log.Info("| " + text)
}

// dying is how the executor begins its last word (cmd/executor/cmd/root.go of
// Kaniko 1.25.0).
var dying = regexp.MustCompile(`^error (building image|pushing image|checking push permissions|resolving|changing to root dir)\b`)

// badCall is how the executor begins where its arguments are none, before all else and
// with its manual after it.
const badCall = "Error: "

// crashing is how a program in Go begins to say that it broke down; where that came
// from follows.
var crashing = regexp.MustCompile(`^(panic|fatal error): `)

// fault is the executor's word on why it failed.
func (v *view) fault() string { return cmp.Or(v.died, v.crashed, v.last) }

func (v *view) redact(text string) string {
	for _, word := range v.secrets {
		text = strings.ReplaceAll(text, word, "***")
	}
	return text
}

// building is the executor's announcement of a stage.
var building = regexp.MustCompile(`^Building stage '(.*)' \[idx: '(\d+)'`)

// entry shows a line of the executor's own log.
func (v *view) entry(level, msg string) {
	if m := building.FindStringSubmatch(msg); m != nil {
		v.took(v.heard)
		v.stage, _ = strconv.Atoi(m[2])
		v.current, v.began, v.tail = -1, v.heard, nil
		v.log.Info(fmt.Sprintf("stage %d/%d from %s", v.stage+1, v.stages, m[1]))
		return
	}
	if i := v.find(msg); i >= 0 {
		v.took(v.heard)
		v.current, v.began, v.tail = i, v.heard, nil
		v.log.Info(v.instructions[i].String(), "step", fmt.Sprintf("%d/%d", i+1, len(v.instructions)))
		return
	}
	msg = v.redact(msg)
	for _, noise := range []string{"Cmd: ", "Args: ", "Running: "} { // say again what the instruction said
		if strings.HasPrefix(msg, noise) {
			return
		}
	}
	switch level {
	case "warning":
		v.log.Warn("kaniko: " + msg)
	case "error", "fatal", "panic":
		v.last = msg
		v.log.Error("kaniko: " + msg)
	default:
		v.log.Info("kaniko: " + msg)
	}
}

// find looks for the instruction that the executor begins: the next one of the
// current stage with this text.
func (v *view) find(text string) int {
	for i, in := range v.instructions {
		if i > v.current && in.Stage == v.stage && in.Text == text {
			return i
		}
	}
	return -1
}

// took tells how long the instruction that ends took.
func (v *view) took(now time.Time) {
	if at := v.at(); at != nil && now.Sub(v.began) >= worthTelling {
		v.log.Info(fmt.Sprintf("%s:%d took %s", at.File, at.Line, now.Sub(v.began).Round(100*time.Millisecond)))
	}
}

// at is the instruction that runs; nil before the first of a stage.
func (v *view) at() *recipe.Instruction {
	if v.current < 0 {
		return nil
	}
	return &v.instructions[v.current]
}
