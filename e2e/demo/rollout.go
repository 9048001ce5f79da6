// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/google/go-github/v60/github"
)

// quiet is how long the listener may take from a delivery to a run.
const quiet = 3 * time.Second

// rollOut merges, applies and waits for the pod.
func (d *demo) rollOut(ctx context.Context, pull *github.PullRequest, commit string) error {
	d.stages.part("A person merges it")
	before, err := d.loop.Runs(ctx)
	if err != nil {
		return err
	}
	if err := d.stages.do("roll-out", "merge", func() (string, error) {
		return d.loop.Merge(ctx, pull.GetNumber(), "merge")
	}); err != nil {
		return err
	}
	if err := d.stages.do("roll-out", "apply", func() (string, error) {
		return "", d.loop.Deploy(ctx)
	}); err != nil {
		return err
	}
	if err := d.stages.do("roll-out", "new pod", func() (string, error) { return d.newPod(ctx, commit) }); err != nil {
		return err
	}
	return d.stages.do("roll-out", "no second run", func() (string, error) { return d.noSecondRun(ctx, len(before)) })
}

// newPod holds the digest that the node pulled to the one behind the tag that
// the gate put.
func (d *demo) newPod(ctx context.Context, commit string) (string, error) {
	pulled, err := d.loop.WaitPod(ctx, d.service, commit)
	if err != nil {
		return "", err
	}
	judged, err := d.loop.Digest(ctx, d.service, commit)
	if err != nil {
		return "", err
	}
	if pulled != judged {
		return "", fmt.Errorf("the node pulled %s, the gate judged %s", pulled, judged)
	}
	return "pulled by its in-cluster name, the digest that was judged: " + pulled, nil
}

// noSecondRun waits until the listener has the webhook of the merge and had
// time to act on it, and counts the runs.
func (d *demo) noSecondRun(ctx context.Context, before int) (string, error) {
	if err := d.loop.Control(ctx, http.MethodPost, "wait", nil, nil); err != nil {
		return "", err
	}
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(quiet):
	}
	runs, err := d.loop.Runs(ctx)
	if err != nil {
		return "", err
	}
	if len(runs) != before {
		return "", fmt.Errorf("the merge started a run: %d were there before, %d now", before, len(runs))
	}
	return fmt.Sprintf("still %d", len(runs)), nil
}
