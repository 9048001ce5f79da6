// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// preflight finds what would fail late in a build, or go wrong in it without a
// word. It goes by the Dockerfile alone, and is silent where that does not say.
func (o *options) preflight(r *recipe.Recipe, stages []stage, log *slog.Logger) (*failure, error) {
	target := targetOf(stages, r.Target)
	if target < 0 {
		return nil, nil
	}
	if runs := o.blindRuns(r, stages)[target]; len(runs) > 0 {
		return blind(runs[0]), nil
	}
	return missingCopies(r, stages[:target+1], log)
}

// blindRuns are the RUN lines of each stage whose folder is left out of layers,
// but for folders that --ignore-path names: whoever does that knows.
func (o *options) blindRuns(r *recipe.Recipe, stages []stage) [][]blindRun {
	return blindRuns(stages, slices.DeleteFunc(blindSpots(o.survivors(r)), func(p string) bool { return slices.Contains(o.ignored, p) }))
}

// cacheable tells whether each layer tells all that its line did: another build
// that took one from the cache would lack the rest.
func (o *options) cacheable(r *recipe.Recipe, stages []stage) bool {
	runs := blindRuns(stages, blindSpots(o.survivors(r)))
	return !slices.ContainsFunc(runs[:targetOf(stages, r.Target)+1], func(b []blindRun) bool { return len(b) > 0 })
}

// blind refuses an image of which a part would be left out. Stages from which
// the image only copies may run where they like.
func blind(run blindRun) *failure {
	return &failure{
		kind: kindDockerfile,
		text: fmt.Sprintf("building %s: it runs in %s, which the step's container needs for itself, so what it writes there would be missing from the image", run, run.folder),
		hint: fmt.Sprintf("use a WORKDIR elsewhere, or --ignore-path=%s if the image does not need what is written there", run.folder),
	}
}

// blindSpots are the folders that no layer tells of: mounts, what is ours, and
// what the executor leaves out by itself.
func blindSpots(survivors []string) []string {
	spots := append(survivors, "/kaniko", "/var/run")
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return spots
	}
	// https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
	for line := range strings.Lines(string(mounts)) {
		if words := strings.Fields(line); len(words) > 4 && words[4] != "/" {
			spots = append(spots, words[4])
		}
	}
	slices.Sort(spots)
	return slices.Compact(spots)
}

// missingCopies finds the first COPY, ADD or bind mount that asks for what is
// not in the build context.
func missingCopies(r *recipe.Recipe, stages []stage, log *slog.Logger) (*failure, error) {
	raw, err := r.Read()
	if err != nil {
		return nil, err
	}
	found, err := monorepo.ReadDockerfile(raw, r.Args())
	if err != nil {
		return nil, nil //nolint:nilerr // the executor tells what it cannot read
	}
	files, err := newContextFiles(r)
	if err != nil {
		return nil, err
	}
	for _, c := range found.Copied {
		in := at(stages, c.Line)
		if in == nil || slices.Contains(found.OnBuild, c) {
			continue
		}
		switch what, hint := files.missing(c.Source); {
		case what == "":
		case strings.ContainsAny(c.Source, `*?[`):
			log.Warn(fmt.Sprintf("%s: %s %s", in, c.Source, what), "hint", hint)
		default:
			return &failure{kind: kindContext, text: fmt.Sprintf("building %s: asks for %s, which %s", in, c.Source, what), hint: hint}, nil
		}
	}
	return nil, nil
}

// at is the instruction of a line, if it is in one of the stages.
func at(stages []stage, line int) *recipe.Instruction {
	for _, s := range stages {
		i := slices.IndexFunc(s.instructions, func(in recipe.Instruction) bool { return in.Line == line })
		if i >= 0 {
			return &s.instructions[i]
		}
	}
	return nil
}
