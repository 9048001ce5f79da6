// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/sample"
)

// firstRollOut applies the manifests as they are and waits for the pods.
func (d *demo) firstRollOut(ctx context.Context) (string, error) {
	if err := d.loop.Deploy(ctx); err != nil {
		return "", err
	}
	for _, service := range sample.Services() {
		if err := d.loop.WaitDeployment(ctx, service); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d services run", len(sample.Services())), nil
}

// play is the loop from the push to the pod.
func (d *demo) play(ctx context.Context) error {
	d.stages.part("A developer pushes a commit to " + d.service)
	pushed := time.Now()
	commit, err := d.push(ctx)
	if err != nil {
		return err
	}
	if err := d.run(ctx, commit); err != nil {
		return err
	}
	pull, err := d.pullRequest(ctx, pushed)
	if err != nil {
		return err
	}
	return d.rollOut(ctx, pull, commit)
}

func (d *demo) push(ctx context.Context) (commit string, err error) {
	err = d.stages.do("loop", "push", func() (string, error) {
		commit, err = d.loop.Push(ctx, d.service+": say it louder", map[string]string{
			"microservices/" + d.service + "/text": "THIS IS " + d.service + "!\n",
		})
		return commit, err
	})
	return commit, err
}

// run waits for the PipelineRun of a commit and shows its tasks.
func (d *demo) run(ctx context.Context, commit string) error {
	var name string
	err := d.stages.do("loop", "webhook", func() (string, error) {
		run, err := d.loop.WaitRun(ctx, commit)
		if err != nil {
			return "", err
		}
		name = run.Name
		return "PipelineRun " + name, nil
	})
	if err != nil {
		return err
	}
	w := &watcher{stages: d.stages, told: map[string]bool{}}
	run, err := d.loop.WaitDone(ctx, name, w.see)
	if err != nil {
		return err
	}
	if err := d.report(ctx, name); err != nil {
		return err
	}
	if !run.IsSuccessful() {
		return fmt.Errorf("run %s: %s", name, loop.Outcome(run))
	}
	return nil
}

// report shows the run's own account.
func (d *demo) report(ctx context.Context, run string) error {
	tasks, err := d.loop.TaskRuns(ctx, run)
	if err != nil {
		return err
	}
	for i := range tasks {
		if loop.PipelineTask(&tasks[i]) == "report" {
			d.stages.say(d.loop.Log(ctx, tasks[i].Status.PodName, "step-report"))
		}
	}
	return nil
}

// pullRequest shows the pull request that the run made.
func (d *demo) pullRequest(ctx context.Context, pushed time.Time) (*github.PullRequest, error) {
	d.stages.part("The pull request")
	pull, err := d.loop.Pull(ctx, d.service)
	if err != nil {
		return nil, err
	}
	if pull == nil {
		return nil, fmt.Errorf("the run ended well and made no pull request for %s", d.service)
	}
	diff, err := d.loop.Diff(ctx, pull.GetNumber())
	if err != nil {
		return nil, err
	}
	d.stages.say(fmt.Sprintf("#%d %s\n\n%s\n\n%s", pull.GetNumber(), pull.GetTitle(), pull.GetBody(), diff))
	d.stages.done("loop", "push to pull request", pull.GetCreatedAt().Sub(pushed), "")
	return pull, nil
}
