// SPDX-License-Identifier: Apache-2.0

// Command tkn is Tekton's own command line, put together from the packages of
// github.com/tektoncd/cli, so that the scenarios start Pipelines as a person
// would. It lacks the hub command alone, whose module is not always to be had.
package main

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/tektoncd/cli/pkg/cli"
	"github.com/tektoncd/cli/pkg/cmd/bundle"
	"github.com/tektoncd/cli/pkg/cmd/clustertriggerbinding"
	"github.com/tektoncd/cli/pkg/cmd/completion"
	"github.com/tektoncd/cli/pkg/cmd/customrun"
	"github.com/tektoncd/cli/pkg/cmd/eventlistener"
	"github.com/tektoncd/cli/pkg/cmd/pipeline"
	"github.com/tektoncd/cli/pkg/cmd/pipelinerun"
	"github.com/tektoncd/cli/pkg/cmd/task"
	"github.com/tektoncd/cli/pkg/cmd/taskrun"
	"github.com/tektoncd/cli/pkg/cmd/triggerbinding"
	"github.com/tektoncd/cli/pkg/cmd/triggertemplate"
	"github.com/tektoncd/cli/pkg/cmd/version"
)

func main() {
	if err := root(&cli.TektonParams{}).Execute(); err != nil {
		os.Exit(1)
	}
}

func root(p cli.Params) *cobra.Command {
	cmd := &cobra.Command{Use: "tkn", Short: "CLI for tekton pipelines", SilenceUsage: true}
	cmd.AddCommand(
		bundle.Command(p),
		clustertriggerbinding.Command(p),
		completion.Command(),
		customrun.Command(p),
		eventlistener.Command(p),
		pipeline.Command(p),
		pipelinerun.Command(p),
		task.Command(p),
		taskrun.Command(p),
		triggerbinding.Command(p),
		triggertemplate.Command(p),
		version.Command(p),
	)
	return cmd
}
