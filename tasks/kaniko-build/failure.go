// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/kaniko-build/dock"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// outcomeBuilt is the result of a build that succeeded.
const outcomeBuilt = "built"

// kind is what sort of failure ended a build.
type kind string

// The kinds of failure.
const (
	kindMisuse     kind = "misuse"     // a path or adze.yaml is wrong
	kindDockerfile kind = "dockerfile" // the Dockerfile cannot be understood
	kindRun        kind = "run"        // a RUN line failed
	kindContext    kind = "context"    // COPY or ADD of what is not there
	kindPull       kind = "pull"       // a base image could not be had
	kindMemory     kind = "memory"     // the kernel killed for want of memory
	kindDisk       kind = "disk"       // no space left
	kindOutput     kind = "output"     // the image could not be written
	kindTimeout    kind = "timeout"    // --timeout
	kindCancelled  kind = "cancelled"  // SIGTERM
	kindExecutor   kind = "executor"   // anything else
)

// failure is a build that failed.
type failure struct {
	kind kind
	text string
	hint string
	err  error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

// ending is all that is known once the executor has failed.
type ending struct {
	err         error
	view        *view
	recipe      *recipe.Recipe
	outOfMemory bool // the kernel killed here for want of memory
	untold      bool // the kernel does not tell whether it did
	timeout     time.Duration
}

// missing finds the file that COPY or ADD asked for in the executor's words.
var missing = regexp.MustCompile(`failed to get fileinfo for (.+?): `)

// classify tells what ended a build. The executor's own words decide only what
// a person reads.
func classify(e ending) *failure {
	words := e.view.fault()
	for _, said := range []string{"error building image: ", "error building stage: ", "failed to execute command: "} {
		words = strings.TrimPrefix(words, said)
	}
	switch {
	case errors.Is(e.err, context.DeadlineExceeded):
		return e.fail(kindTimeout, fmt.Sprintf("took longer than --timeout=%s", e.timeout), "give it more time, or look at what the instruction waits for")
	case errors.Is(e.err, context.Canceled):
		return e.fail(kindCancelled, "was cancelled", "nothing of it was kept")
	case e.killedForMemory(strings.Contains(words, "signal: killed")):
		return e.fail(kindMemory, "was killed, as happens when memory runs out", lessMemory)
	case strings.HasPrefix(words, badCall):
		e.err = step.Misuse("%s", words)
		return e.fail(kindMisuse, "was called in a way that Kaniko does not know: "+strings.TrimPrefix(words, badCall), "look at --extra-arg")
	case strings.Contains(strings.Join(e.view.tail, "\n"), "No space left on device"):
		return e.fail(kindDisk, outOfDisk, moreDisk)
	}
	for _, c := range causes() {
		if !slices.ContainsFunc(c.said, func(part string) bool { return strings.Contains(words, part) }) {
			continue
		}
		if c.kind == kindContext && c.what == "" {
			return e.missing(missing.FindStringSubmatch(words))
		}
		if c.line != nil {
			e.seek(c.line)
		}
		return e.fail(c.kind, c.tell(words), c.hint)
	}
	return e.fail(kindExecutor, "failed: "+words, "this is the executor's own failure; --extra-arg=--verbosity=debug tells more")
}

// notTaken tells why the executor's image did not get to where it shall be.
func notTaken(ctx context.Context, err error) *failure {
	f := &failure{kind: kindOutput, text: "taking what the executor built: " + err.Error(), hint: moreRoom, err: err}
	switch {
	case ctx.Err() != nil:
		f.kind, f.hint = kindCancelled, "nothing of it was kept"
	case errors.Is(err, dock.ErrContested):
		f.hint = onePush
	case errors.Is(err, syscall.ENOSPC):
		f.kind, f.hint = kindDisk, moreDisk
	}
	return f
}

// killedForMemory goes by the kernel's own count. Where there is none, a RUN
// line that was killed counts too, though it may have done that itself.
func (e ending) killedForMemory(lineKilled bool) bool {
	var child *run.Error
	if !errors.As(e.err, &child) {
		return false
	}
	return child.Signal == syscall.SIGKILL || e.outOfMemory || (e.untold && (lineKilled || child.ExitCode == 137))
}

// seek goes on to the next instruction of the stage that something holds of, if there
// is one: of some the executor fails before it announces them.
func (e ending) seek(holds func(line string) bool) {
	e.view.tail = nil
	for i, in := range e.view.instructions {
		if i > e.view.current && in.Stage == e.view.stage && holds(in.Text) {
			e.view.current = i
			return
		}
	}
}

// copies tells whether an instruction is COPY or ADD.
func copies(line string) bool {
	word, _, _ := strings.Cut(strings.ToUpper(line), " ")
	return word == "COPY" || word == "ADD"
}

// missing names the COPY or ADD that asked for a file.
func (e ending) missing(m []string) *failure {
	path, where := "a file", "the build context"
	if m != nil {
		path, where = e.place(m[1])
	}
	e.seek(func(line string) bool { return copies(line) && names(line, filepath.Base(path)) })
	return e.fail(kindContext, fmt.Sprintf("asks for %s, which is not in %s", path, where),
		"check the path and .dockerignore; where only a service's inputs are fetched, list it under inputs in adze.yaml")
}

// names tells whether a word of an instruction leads to a file of that name.
func names(text, file string) bool {
	return slices.ContainsFunc(strings.Fields(text), func(w string) bool { return filepath.Base(strings.Trim(w, `[]",'`)) == file })
}

// savedStage is where the executor keeps what later stages copy.
var savedStage = regexp.MustCompile(`^/kaniko/([^/]+)(/.*)$`)

// place says what a path means to who wrote the Dockerfile.
func (e ending) place(path string) (name, where string) {
	if m := savedStage.FindStringSubmatch(path); m != nil {
		return m[2], "stage " + m[1]
	}
	if rel, err := filepath.Rel(e.recipe.Context, path); err == nil {
		path = rel
	}
	return path, "the build context"
}

// fail puts the place and the last output into the message.
func (e ending) fail(k kind, what, hint string) *failure {
	place := filepath.Base(e.recipe.Dockerfile)
	if at := e.view.at(); at != nil {
		place = at.String()
	}
	text := fmt.Sprintf("building %s: %s", place, what)
	if lines := without(e.view.tail, e.view.fault()); len(lines) > 0 && (k == kindRun || k == kindMemory || k == kindDisk || k == kindTimeout) {
		text += "; its last output:\n  " + strings.Join(lines, "\n  ")
	}
	return &failure{kind: k, text: text, hint: hint, err: e.err}
}

// without leaves out the executor's own last word.
func without(lines []string, word string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return line == word })
}
