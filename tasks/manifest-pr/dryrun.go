// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"bufio"
	"cmp"
	"context"
	"log/slog"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// wouldChange is the outcome of a dry run that found something to do.
const wouldChange propose.Kind = "would-change"

// local is the folder that is worked on instead of a forge's repository; empty for none.
func (o *options) local() string { return cmp.Or(o.dryRun, o.write) }

// validateLocal checks the flags of work on a folder.
func (o *options) validateLocal() error {
	if o.dryRun != "" && o.write != "" {
		return step.Misuse("both --dry-run and --write are given; one shows the change, the other makes it")
	}
	return nil
}

// checkout opens the folder, and says what becomes of the change.
func (o *options) checkout(env *step.Env) (handler, origin, error) {
	folder, err := manifests.OpenFolder(o.local())
	if err != nil {
		return nil, nil, step.Misuse("--%s: %w", o.localFlag(), err)
	}
	if len(o.paths) == 0 {
		o.paths = []string{usualPath(folder)}
	}
	c := checkout{folder, diff{env, o}, wouldChange, env.Log}
	if o.write != "" {
		c.use, c.changed = inPlace{folder, env, o}, propose.Updated
	}
	return c.handle, onDisk{folder}, nil
}

func (o *options) localFlag() string {
	if o.write != "" {
		return "write"
	}
	return "dry-run"
}

// usualPath is the folder that manifests lie in unless it is said: manifests
// where there is one, else everything.
func usualPath(folder *manifests.Folder) string {
	if info, err := folder.Stat(usualFolder); err == nil && info.IsDir() {
		return usualFolder
	}
	return "."
}

// checkout edits the manifests of a folder.
type checkout struct {
	folder *manifests.Folder
	use    user
	// changed is the outcome of what is handed to use.
	changed propose.Kind
	log     *slog.Logger
}

// user does something with the files to change, all of them or none.
type user interface {
	take(files []manifests.Edited) error
}

// handle plans for all units, of which each is done for itself, and hands the
// files to change on together.
func (c checkout) handle(ctx context.Context, units []propose.Unit, done func(propose.Unit, end)) {
	groups := make([][]manifests.Service, len(units))
	for i, u := range units {
		groups[i] = u.Services
	}
	var sum manifests.Sum
	ends := make([]end, len(units))
	for i, p := range manifests.EditEach(ctx, c.folder, groups...) {
		ends[i] = c.plan(&sum, p)
	}
	err := c.use.take(sum.Files())
	for i, u := range units {
		if ends[i].err == nil && ends[i].Kind == c.changed {
			ends[i].err = err
		}
		done(u, ends[i])
	}
}

// plan takes in one unit's plan.
func (c checkout) plan(sum *manifests.Sum, p manifests.Planned) end {
	if p.Err != nil {
		return end{err: p.Err}
	}
	if err := sum.Add(p.Plan); err != nil {
		return end{err: err}
	}
	p.Warn(c.log)
	a := end{Outcome: propose.Outcome{Kind: propose.Unchanged}, edits: editsOf(p.Files)}
	if len(p.Files) > 0 {
		a.Kind = c.changed
	}
	return a
}

// diff shows what would change.
type diff struct {
	env     *step.Env
	options *options
}

func (d diff) take(files []manifests.Edited) error {
	if d.options.output == "json" {
		return nil
	}
	out := bufio.NewWriter(d.env.Stdout)
	for _, f := range files {
		if err := f.WriteDiff(out); err != nil {
			return err
		}
	}
	return out.Flush()
}
