// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"io"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/step"
)

// print writes the answer to stdout.
func (o *options) print(w io.Writer, rep *report) error {
	var text string
	var err error
	switch {
	case o.explain != "":
		text, err = explain(rep, o.explain)
	case o.output == "json":
		text, err = asJSON(rep)
	case o.output == "markdown":
		text = markdown(rep)
	default:
		text = table(rep)
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

func asJSON(rep *report) (string, error) {
	out := *rep
	out.Affected = append([]affected{}, rep.Affected...)
	out.Removed = append([]string{}, rep.Removed...)
	for i, a := range out.Affected {
		out.Affected[i].Via = shown(a.Via)
	}
	return step.JSON(out)
}

// readable writes a path as git does, so that it is told apart from any other.
func readable(path string) string { return plain.Path(path) }
