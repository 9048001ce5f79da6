// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"time"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

// restoreWait is how long restore waits for a running copy to end.
const restoreWait = 20 * time.Second

// stayOptions are those of the subcommand stay: none.
type stayOptions struct{}

func (stayOptions) AddFlags(*step.Flags) {}
func (stayOptions) Validate() error      { return nil }
func (stayOptions) Run(ctx context.Context, env *step.Env) error {
	env.Log.Info("what was to be done here is done")
	<-ctx.Done()
	return nil
}

// restoreOptions are the flags of the subcommand restore.
type restoreOptions struct{ etcDir string }

func (o *restoreOptions) AddFlags(f *step.Flags) {
	f.StringVar(&o.etcDir, "etc-dir", "/etc", "`DIR` where the node's /etc is mounted")
}

func (o *restoreOptions) Validate() error { return nil }

func (o *restoreOptions) Run(ctx context.Context, env *step.Env) (err error) {
	etc := nodefile.Etc{Dir: o.etcDir}
	wait, cancel := context.WithTimeout(ctx, restoreWait)
	defer cancel()
	unlock, err := etc.Lock(wait, func() { env.Log.Info("waiting for the running node-resolv to end") })
	if err != nil {
		return step.Hint(err, "stop it first: it restores the file as it ends")
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if _, err := etc.Recover(); err != nil {
		return err
	}
	if err := newFacts(&options{etcDir: o.etcDir}, nil).leave(ctx); err != nil {
		return err
	}
	env.Log.Info("the node's files hold nothing of node-resolv")
	return nil
}
