// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// secretsDir is where RUN lines find a secret under its id, as with
// https://docs.docker.com/reference/dockerfile/#run---mounttypesecret
const secretsDir = "/run/secrets"

// A secret shorter than shortest, or a line of one shorter than shortLine, is
// not looked for in what a build prints: it would be found in other words.
const (
	shortest  = 4
	shortLine = 8
)

// secrets are the files of --build-secrets while a build runs. The executor
// neither clears nor packs them, and knows no mounts: every RUN line can read
// them.
type secrets struct {
	dir   string
	ids   []string
	words []string // to be hidden, the longest first
}

// placeSecrets copies each file of a folder to where RUN lines look for it.
func placeSecrets(from, to string) (*secrets, error) {
	s := &secrets{dir: to}
	ids, err := recipe.SecretIDs(from)
	if err != nil {
		return s, err
	}
	for _, id := range ids {
		if err := s.place(filepath.Join(from, id), id); err != nil {
			return s, errors.Join(err, s.remove())
		}
	}
	slices.SortFunc(s.words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return s, nil
}

func (s *secrets) place(file, id string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return step.Misuse("reading the build secret %s: %w", id, err)
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil { //nolint:gosec // as it is elsewhere
		return fmt.Errorf("placing the build secret %s: %w", id, err)
	}
	f, err := os.OpenFile(filepath.Join(s.dir, id), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o400)
	if err != nil {
		return fmt.Errorf("placing the build secret %s: %w", id, err)
	}
	s.ids = append(s.ids, id)
	s.hide(string(data))
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// hide notes what must not be shown: the whole, and each line.
func (s *secrets) hide(text string) {
	if whole := strings.TrimSpace(text); len(whole) >= shortest {
		s.words = append(s.words, whole)
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); len(line) >= shortLine {
			s.words = append(s.words, line)
		}
	}
}

// paths are the files that were placed.
func (s *secrets) paths() []string {
	var all []string
	for _, id := range s.ids {
		all = append(all, filepath.Join(s.dir, id))
	}
	return all
}

// remove removes them.
func (s *secrets) remove() error {
	var errs []error
	for _, p := range s.paths() {
		if err := os.Remove(p); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// check refuses a RUN line that wants a secret which is not given, or in a way
// in which this executor does not give any.
func (s *secrets) check(stages []stage) error {
	for _, st := range stages {
		for _, in := range st.instructions {
			for _, m := range secretMounts(in.Text) {
				if what := s.wrong(m); what != "" {
					return step.Hint(step.Misuse("%s: %s", in, what), "a RUN line finds the secret ID as the file %s/ID when --build-secrets has a file of that name", secretsDir)
				}
			}
		}
	}
	return nil
}

func (s *secrets) wrong(m map[string]string) string {
	target := cmp.Or(m["target"], m["dst"], m["destination"])
	id := cmp.Or(m["id"], path.Base(target))
	_, required := m["required"]
	switch {
	case m["env"] != "":
		return "wants the build secret " + id + " as a variable, which Kaniko cannot give"
	case target != "" && target != path.Join(secretsDir, id):
		return "wants the build secret " + id + " at " + target + ", where Kaniko does not put it"
	case required && m["required"] != "false" && !slices.Contains(s.ids, id):
		return "needs the build secret " + id + ", which is not given"
	}
	return ""
}

// secretMounts are the options of the secrets that a RUN line mounts.
func secretMounts(text string) []map[string]string {
	words := strings.Fields(text)
	if len(words) == 0 || !strings.EqualFold(words[0], "run") {
		return nil
	}
	var all []map[string]string
	for _, word := range words[1:] {
		if !strings.HasPrefix(word, "--") {
			break
		}
		mount, ok := strings.CutPrefix(word, "--mount=")
		if !ok {
			continue
		}
		options := map[string]string{}
		for option := range strings.SplitSeq(strings.Trim(mount, `"'`), ",") {
			name, value, _ := strings.Cut(option, "=")
			options[strings.ToLower(name)] = value
		}
		if options["type"] == "secret" {
			all = append(all, options)
		}
	}
	return all
}
