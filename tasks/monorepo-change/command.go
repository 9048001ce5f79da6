// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"context"
	"errors"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/monorepo-change/deployed"
	"github.com/adze-ci/adze/tasks/monorepo-change/fetch"
	"github.com/adze-ci/adze/tasks/monorepo-change/graph"
	"github.com/adze-ci/adze/tasks/monorepo-change/lint"
	"github.com/adze-ci/adze/tasks/monorepo-change/origin"
	"github.com/adze-ci/adze/tasks/monorepo-change/schema"
)

// Command is the binary monorepo-change.
func Command() step.Command {
	return step.Command{
		Name:     "monorepo-change",
		Summary:  "which services of a monorepo a range of commits affects, and why",
		New:      func() step.Options { return &options{} },
		Commands: []step.Command{fetch.Command(), graph.Command(), lint.Command(), schema.Command()},
	}
}

// maxAffected is how many combinations Tekton's matrix takes by default
// (default-max-matrix-combinations-count in config-defaults).
const maxAffected = 256

// auto is the base that follows from the push.
const auto = "auto"

type options struct {
	origin   origin.Options
	deployed deployed.Options

	base, before, branch     string
	mergeBase                bool
	service, explain, output string
	registry                 string
	unaffected, recipes      string
	exitCode                 bool
	maxAffected              int

	results results
}

// results are what is handed to other tasks.
type results struct {
	affected, any, count, removed, base, head, reason *result.Value
}

// AddFlags is part of step.Options.
func (o *options) AddFlags(f *step.Flags) {
	o.origin.AddFlags(f, "`commit` to judge: a full id, branch, tag or ref, with ~N behind it for an ancestor; all zeros for a branch that was deleted")
	f.StringVar(&o.base, "base", auto, "what to compare with: a `commit`, as --revision; auto for what --before and --branch tell; deployed for the commits that each service's manifests name")
	f.BoolVar(&o.mergeBase, "merge-base", false, "compare with the merge base of --base and --revision, as for a pull request")
	f.StringVar(&o.before, "before", "", "full `id` of the commit that the branch was at before the push; all zeros for a new branch")
	f.StringVar(&o.branch, "branch", "", "`name` or ref of what was pushed: a branch, refs/tags/…, refs/pull/N/head, a merge queue's branch")
	o.deployed.AddFlags(f)
	f.StringVar(&o.registry, "registry", "", "`prefix` of image names, in place of adze.yaml's registry")
	f.StringVar(&o.service, "service", "", "answer for this service alone")
	f.StringVar(&o.explain, "explain", "", "tell of this `service` why it is affected or not, and what it is made of")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json", "markdown"}, "how the answer is written to stdout")
	f.StringVar(&o.unaffected, "unaffected", "", "`file` to write the services to that are not affected, for kaniko-build retag")
	f.StringVar(&o.recipes, "recipes", "", "`folder` to write to what the affected services are built from, and their Dockerfiles, for kaniko-build reuse")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 3 when nothing is affected")
	f.IntVar(&o.maxAffected, "max-affected", maxAffected, "fail when the result affected would name more services; Tekton's default-max-matrix-combinations-count")
	o.results = results{
		affected: f.ResultArray("affected", "the names of the affected services"),
		any:      f.Result("any", "true when a service is affected, else false"),
		count:    f.Result("count", "how many services are affected"),
		removed:  f.ResultArray("removed", "the names of the services that the base had and the revision has not"),
		base:     f.Result("base", "the commit that was compared with; empty for none, or several"),
		head:     f.Result("head", "the commit that was judged"),
		reason:   f.Result("reason", "what was compared, or why all services are affected"),
	}
}

// Validate is part of step.Options.
func (o *options) Validate() error {
	if o.base == "" {
		o.base = auto
	}
	if o.before != "" && !gitx.IsID(o.before) {
		return step.Hint(errors.New("--before is no full commit id"), "name a branch or tag with --base")
	}
	if o.mergeBase && (o.base == auto || o.base == deployedBase) {
		return errors.New("--merge-base needs a --base that is a commit")
	}
	if o.service != "" && o.explain != "" && o.explain != o.service {
		return errors.New("--service and --explain name different services")
	}
	if o.explain != "" && o.output != "text" {
		return step.Hint(errors.New("--explain answers in text alone"), "monorepo-change graph --service NAME --output json has what a service is made of")
	}
	if err := o.deployed.Validate(); err != nil {
		return err
	}
	return o.origin.Validate()
}

// Run is part of step.Options.
func (o *options) Run(ctx context.Context, env *step.Env) error {
	repo, err := o.origin.Open(env.Log)
	if err != nil {
		return err
	}
	rep, err := o.judge(ctx, repo)
	if err != nil {
		return err
	}
	if rep.All {
		env.Log.Warn("all services are affected: " + rep.Reason)
	}
	for _, name := range rep.Gone {
		env.Log.Warn("the service is listed, and its Dockerfile is not in the repository", "service", name)
	}
	if err := o.hand(rep); err != nil {
		return err
	}
	if err := o.print(env.Stdout, rep); err != nil {
		return err
	}
	if o.exitCode && !rep.Any {
		return step.No("nothing is affected: %s", rep.Reason)
	}
	return nil
}
