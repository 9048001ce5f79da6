// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/internal/run"
)

// compile builds the tool into a folder beside dir, which becomes dir at the end.
func (b Builder) compile(ctx context.Context, r recipe, src, dir string) error {
	b.sweep(r.name)
	tmp, err := os.MkdirTemp(b.Cache, unfinished(r.name)+"*")
	if err != nil {
		return fmt.Errorf("making a folder to build in: %w", err)
	}
	defer os.RemoveAll(tmp)                      //nolint:errcheck // renamed by then, or swept by the next build
	if err := os.Chmod(tmp, 0o755); err != nil { //nolint:gosec // programs are for all users to run
		return fmt.Errorf("making a folder to build in: %w", err)
	}
	done := progress.Start(b.Progress, strings.TrimSpace("building "+r.name+" "+r.version))
	err = run.Command{
		Path: "go",
		Args: append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags", r.ldflags, "-o", tmp + "/"}, r.packages...),
		Dir:  src,
		Env:  append(os.Environ(), r.env...),
	}.Run(ctx)
	if err != nil {
		done("failed")
		return err
	}
	done("done")
	if err := os.Rename(tmp, dir); err != nil {
		return fmt.Errorf("putting the programs in place: %w", err)
	}
	return nil
}
