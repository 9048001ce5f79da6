// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"bufio"
	"fmt"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// inPlace writes what changes to the folder, and tells where.
type inPlace struct {
	folder  *manifests.Folder
	env     *step.Env
	options *options
}

func (w inPlace) take(files []manifests.Edited) error {
	if err := w.folder.Write(files); err != nil {
		return err
	}
	if w.options.output == "json" {
		return nil
	}
	out := bufio.NewWriter(w.env.Stdout)
	for _, e := range editsOf(files) {
		fmt.Fprintf(out, "%s:%d:%d: %s → %s\n", plain.Path(e.File), e.Line, e.Column, e.Old, e.New) //nolint:errcheck // told by Flush
	}
	return out.Flush()
}

// edit is a value that is set in a folder.
type edit struct {
	File string `json:"file"`
	// Line and Column count from 1, columns in characters.
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Old    string `json:"old"`
	New    string `json:"new"`

	service string
}

func editsOf(files []manifests.Edited) []edit {
	var all []edit
	for _, f := range files {
		for _, c := range f.Changes {
			all = append(all, edit{f.Path, c.Line, c.Column, c.Old, c.New, c.Service})
		}
	}
	return all
}

// of are the edits for one service.
func of(service string, edits []edit) []edit {
	var own []edit
	for _, e := range edits {
		if e.service == service {
			own = append(own, e)
		}
	}
	return own
}
