// SPDX-License-Identifier: Apache-2.0

package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/adze-ci/adze/internal/step"
)

// Command is the subcommand report.
func Command() step.Command {
	return step.Command{
		Name:    "report",
		Summary: "tells what became of every service in a run of the Pipeline ci",
		New:     func() step.Options { return &options{} },
	}
}

type options struct {
	run, namespace, status string
	wait                   time.Duration
	server, tokenDir       string
	output                 string
}

func (o *options) AddFlags(f *step.Flags) {
	f.StringVar(&o.run, "pipeline-run", "", "`NAME` of the PipelineRun")
	f.StringVar(&o.namespace, "namespace", "", "the run's `NAMESPACE`")
	f.StringVar(&o.status, "status", "", "how the tasks before finally ended, as Tekton sums it up in $(tasks.status)")
	f.DurationVar(&o.wait, "wait", 5*time.Minute, "how long to wait for the tasks that still run")
	f.StringVar(&o.server, "api-server", "https://kubernetes.default.svc", "`URL` of the API server")
	f.StringVar(&o.tokenDir, "token-dir", "/var/run/secrets/kubernetes.io/serviceaccount", "`DIR` with the files token and ca.crt")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json"}, "form of the answer")
}

func (o *options) Validate() error {
	if o.run == "" || o.namespace == "" {
		return errors.New("--pipeline-run and --namespace are needed")
	}
	return nil
}

func (o *options) Run(ctx context.Context, env *step.Env) error {
	api, err := newAPI(o.server, o.tokenDir, env.Log)
	if err != nil {
		return o.withoutTaskRuns(env, err)
	}
	list := func(ctx context.Context) ([]taskRun, error) { return api.taskRuns(ctx, o.namespace, o.run) }
	runs, err := settled(ctx, list, o.wait, time.Second)
	if err != nil {
		return o.withoutTaskRuns(env, err)
	}
	return o.write(env.Stdout, accountOf(o.run, runs))
}

// withoutTaskRuns tells what is left when the TaskRuns cannot be read.
func (o *options) withoutTaskRuns(env *step.Env, err error) error {
	env.Log.Warn("the run's TaskRuns cannot be read, so no service is told of by name", "error", err)
	_, err = fmt.Fprintf(env.Stdout, "run %s: %s; see: tkn pipelinerun describe %s -n %s\n", o.run, o.status, o.run, o.namespace)
	return err
}

func (o *options) write(w io.Writer, a account) error {
	if o.output == "json" {
		return json.NewEncoder(w).Encode(a)
	}
	return a.text(w)
}
