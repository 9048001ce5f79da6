// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"

	"golang.org/x/mod/modfile"
)

// Work is what a go.work file says.
type Work struct {
	// Uses are the folders of the modules in the workspace.
	Uses []string
	// Replaced are the folders that it puts in the place of modules, for all
	// modules in the workspace.
	Replaced []Replaced
}

// ReadGoWork reads a go.work file (https://go.dev/ref/mod#go-work-file). Folders
// outside of the repository are left out.
func ReadGoWork(file string, data []byte) (*Work, error) {
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return nil, fmt.Errorf("reading go.work: %w", err)
	}
	w := &Work{Replaced: replaced(file, work.Replace)}
	for _, use := range work.Use {
		if folder, ok := beside(file, use.Path); ok {
			w.Uses = append(w.Uses, folder)
		}
	}
	return w, nil
}
