// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/adze-ci/adze/e2e/loop"
)

// push is one, with how many services it is to have built and found.
type push struct {
	name          string
	files         map[string]string
	built, reused int
}

// row is what a push took.
type row struct {
	push  string
	took  time.Duration
	bytes traffic
}

// traffic are the bytes that the registry received and sent.
type traffic struct{ received, sent int64 }

// measure pushes, and waits for the run to end.
func (b *bench) measure(ctx context.Context, p push) (row, error) {
	before, err := b.traffic(ctx)
	if err != nil {
		return row{}, err
	}
	commit, err := b.loop.Push(ctx, p.name, p.files)
	if err != nil {
		return row{}, err
	}
	run, err := b.loop.WaitRun(ctx, commit)
	if err != nil {
		return row{}, err
	}
	if run, err = b.loop.WaitDone(ctx, run.Name, nil); err != nil {
		return row{}, err
	}
	if !run.IsSuccessful() {
		return row{}, fmt.Errorf("run %s: %s", run.Name, loop.Outcome(run))
	}
	if err := b.check(ctx, run.Name, p); err != nil {
		return row{}, err
	}
	after, err := b.traffic(ctx)
	return row{
		push: p.name, took: run.Status.CompletionTime.Sub(run.Status.StartTime.Time),
		bytes: traffic{after.received - before.received, after.sent - before.sent},
	}, err
}

// check counts what a run built and what it found.
func (b *bench) check(ctx context.Context, run string, p push) error {
	tasks, err := b.loop.TaskRuns(ctx, run)
	if err != nil {
		return err
	}
	got := map[string]int{}
	for i := range tasks {
		switch loop.PipelineTask(&tasks[i]) {
		case "changes":
			got["reused"] += len(loop.Found(&tasks[i]))
		case "image":
			got[loop.Result(&tasks[i], "reuse")]++
		}
	}
	if got["build"] != p.built || got["reused"] != p.reused {
		return fmt.Errorf("run %s: %v; %d were to be built and %d reused", run, got, p.built, p.reused)
	}
	return nil
}

// traffic asks the nodes what the registry has received and sent so far. They
// look now and then, so it is asked until they have.
func (b *bench) traffic(ctx context.Context) (traffic, error) {
	for since := time.Now(); ; {
		nodes, err := b.loop.Kube.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return traffic{}, err
		}
		for _, node := range nodes.Items {
			raw, err := b.loop.Kube.CoreV1().RESTClient().Get().AbsPath("/api/v1/nodes", node.Name, "proxy/stats/summary").DoRaw(ctx)
			if err != nil {
				return traffic{}, err
			}
			if t, when, err := registryOf(raw); err != nil || when.After(since) {
				return t, err
			}
		}
		select {
		case <-ctx.Done():
			return traffic{}, ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}

// registryOf finds the registry in a kubelet's summary, and when it was looked
// at; the time is zero where it is elsewhere:
// https://kubernetes.io/docs/reference/instrumentation/node-metrics/#summary-api-source
func registryOf(summary []byte) (traffic, time.Time, error) {
	var s struct {
		Pods []struct {
			PodRef  struct{ Name, Namespace string }
			Network struct {
				Time             time.Time
				RxBytes, TxBytes int64
			}
		}
	}
	if err := json.Unmarshal(summary, &s); err != nil {
		return traffic{}, time.Time{}, fmt.Errorf("reading a node's summary: %w", err)
	}
	for _, pod := range s.Pods {
		if pod.PodRef.Namespace == "infra" && strings.HasPrefix(pod.PodRef.Name, "registry-") {
			return traffic{pod.Network.RxBytes, pod.Network.TxBytes}, pod.Network.Time, nil
		}
	}
	return traffic{}, time.Time{}, nil
}
