// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/modfile"
)

// Replaced is a folder that a go.mod file puts in a module's place.
type Replaced struct {
	// Folder is relative to the repository's root.
	Folder string
	// Line is where the replace directive stands.
	Line int
}

// ReadGoMod lists the folders of the repository that the replace directives of
// a go.mod file name.
func ReadGoMod(file string, data []byte) ([]Replaced, error) {
	mod, err := modfile.Parse(file, data, nil)
	if err != nil {
		return nil, fmt.Errorf("reading go.mod: %w", err)
	}
	var found []Replaced
	for _, r := range mod.Replace {
		if !modfile.IsDirectoryPath(r.New.Path) || r.New.Version != "" || path.IsAbs(r.New.Path) {
			continue
		}
		folder := path.Join(path.Dir(file), r.New.Path)
		if folder != ".." && !strings.HasPrefix(folder, "../") {
			found = append(found, Replaced{folder, r.Syntax.Start.Line})
		}
	}
	return found, nil
}
