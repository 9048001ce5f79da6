// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// stage is one FROM and what follows it.
type stage struct {
	name string
	// base is the stage that it begins with; -1 for an image.
	base         int
	instructions []recipe.Instruction
	// image is that image, by its name; empty for scratch, and where a variable
	// hides the name.
	image string
	// workDir is where the RUN lines begin; empty for /.
	workDir string
}

// stagesOf groups a Dockerfile's instructions by their stage.
func stagesOf(instructions []recipe.Instruction) []stage {
	var all []stage
	for _, in := range instructions {
		if in.Stage < 0 {
			continue
		}
		if in.Stage == len(all) {
			image, name := fromWords(in.Text)
			all = append(all, stage{name: name, base: findStage(all, image)})
		}
		s := &all[in.Stage]
		s.instructions = append(s.instructions, in)
	}
	return all
}

// fromWords are the image and the name of a FROM line.
func fromWords(text string) (image, name string) {
	words := slices.DeleteFunc(strings.Fields(text)[1:], func(w string) bool { return strings.HasPrefix(w, "--") })
	if len(words) == 0 {
		return "", ""
	}
	if len(words) >= 3 && strings.EqualFold(words[1], "as") {
		name = words[2]
	}
	return words[0], name
}

// findStage finds a stage by its name, or -1; the last of a name counts.
func findStage(all []stage, name string) int {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].name != "" && strings.EqualFold(all[i].name, name) {
			return i
		}
	}
	return -1
}

// targetOf is the stage to build: the last, or the one named or numbered; -1
// for a target that is none, of which the executor tells.
func targetOf(all []stage, target string) int {
	if target == "" {
		return len(all) - 1
	}
	if i := findStage(all, target); i >= 0 {
		return i
	}
	if i, err := strconv.Atoi(target); err == nil && i < len(all) {
		return i
	}
	return -1
}

// linesOf are the lines that a stage's image is made of, those of stages that it
// begins with before its own.
func linesOf(all []stage, target int) []string {
	if target < 0 {
		return nil
	}
	lines := linesOf(all, all[target].base)
	for _, in := range all[target].instructions {
		lines = append(lines, in.Text)
	}
	return lines
}

// blindRun is a RUN line that runs in a folder, or below, that no layer tells of.
type blindRun struct {
	recipe.Instruction
	folder string
}

// blindRuns tells for each stage the RUN lines that run in one of some folders.
// A WORKDIR with a variable is not known.
func blindRuns(all []stage, folders []string) [][]blindRun {
	found, last := make([][]blindRun, len(all)), make([]string, len(all))
	for i, s := range all {
		dir := cmp.Or(s.workDir, "/")
		if s.base >= 0 {
			dir, found[i] = last[s.base], slices.Clone(found[s.base])
		}
		for _, in := range s.instructions {
			word, rest, _ := strings.Cut(in.Text, " ")
			switch strings.ToLower(word) {
			case "workdir":
				dir = changeDir(dir, strings.TrimSpace(rest))
			case "run":
				if f := slices.IndexFunc(folders, func(f string) bool { return isWithin(f, dir) }); f >= 0 {
					found[i] = append(found[i], blindRun{in, folders[f]})
				}
			}
		}
		last[i] = dir
	}
	return found
}

// changeDir is where a WORKDIR leads; empty where that is not known.
func changeDir(from, to string) string {
	to = strings.Trim(to, `"'`)
	switch {
	case strings.Contains(to, "$"), !path.IsAbs(to) && from == "":
		return ""
	case path.IsAbs(to):
		return path.Clean(to)
	}
	return path.Join(from, to)
}

// isWithin tells whether a path is a folder or below it.
func isWithin(folder, p string) bool {
	return p == folder || strings.HasPrefix(p, strings.TrimSuffix(folder, "/")+"/")
}
