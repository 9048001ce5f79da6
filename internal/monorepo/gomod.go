// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/modfile"
)

// Module is what a go.mod file says of other modules.
type Module struct {
	// Path is the module's own path; empty where the file gives none.
	Path string
	// Requires are the modules that it requires, directly or not.
	Requires []Required
	// Replaced are the folders of the repository that it puts in the place of
	// modules.
	Replaced []Replaced
}

// Required is a module that a go.mod file requires.
type Required struct {
	// Path is the module's path.
	Path string
	// Line is where it is required.
	Line int
}

// Replaced is a folder that a go.mod or go.work file puts in a module's place.
type Replaced struct {
	// Module is the path of the module that is replaced, in some version or all.
	Module string
	// Folder is relative to the repository's root.
	Folder string
	// Line is where the replace directive stands.
	Line int
}

// ReadGoMod reads a go.mod file (https://go.dev/ref/mod#go-mod-file). Folders
// outside of the repository are left out.
func ReadGoMod(file string, data []byte) (*Module, error) {
	mod, err := modfile.Parse(file, data, nil)
	if err != nil {
		return nil, fmt.Errorf("reading go.mod: %w", err)
	}
	m := &Module{Replaced: replaced(file, mod.Replace)}
	if mod.Module != nil {
		m.Path = mod.Module.Mod.Path
	}
	for _, r := range mod.Require {
		m.Requires = append(m.Requires, Required{r.Mod.Path, r.Syntax.Start.Line})
	}
	return m, nil
}

func replaced(file string, directives []*modfile.Replace) []Replaced {
	var found []Replaced
	for _, r := range directives {
		if !modfile.IsDirectoryPath(r.New.Path) || r.New.Version != "" {
			continue
		}
		if folder, ok := beside(file, r.New.Path); ok {
			found = append(found, Replaced{r.Old.Path, folder, r.Syntax.Start.Line})
		}
	}
	return found
}

// beside is the path in the repository that a file names by a path relative to
// its own folder; none where that leads out of the repository.
func beside(file, name string) (string, bool) {
	name = strings.ReplaceAll(name, `\`, "/")
	full := path.Join(path.Dir(file), name)
	if path.IsAbs(name) || full == ".." || strings.HasPrefix(full, "../") || len(name) > 1 && name[1] == ':' {
		return "", false
	}
	return full, true
}
