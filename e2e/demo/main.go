// SPDX-License-Identifier: Apache-2.0

// Demo runs adze's main job before your eyes: it makes a cluster, plays a
// developer who pushes a commit, shows the loop stage by stage up to the pull
// request, merges it, rolls it out, and shows that the merge starts no second
// loop. What it made stays up; `make down` removes it.
package main

import (
	"context"
	"fmt"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/site"
	"github.com/adze-ci/adze/internal/step"
)

func main() {
	step.Main(step.Command{Name: "demo", Summary: "run the whole loop on a cluster made for it", New: func() step.Options { return &demo{} }})
}

// demo is one run of it.
type demo struct {
	namespace string
	service   string

	stages *stages
	loop   *loop.Loop
}

// AddFlags declares what may be chosen.
func (d *demo) AddFlags(f *step.Flags) {
	f.StringVar(&d.namespace, "namespace", "demo", "namespace of the loop; made anew")
	f.StringVar(&d.service, "service", "rate", "service of the sample that the developer changes")
}

// Validate has nothing to refuse.
func (d *demo) Validate() error { return nil }

// Run runs the parts one after the other.
func (d *demo) Run(ctx context.Context, env *step.Env) error {
	d.stages = newStages(env.Stdout)
	d.stages.part("A cluster with Tekton, a Harbor and adze's images")
	var where *loop.Site
	if err := d.stages.do("set-up", "cluster", func() (string, error) {
		var err error
		where, err = site.Open(ctx, kindcluster.Options{Progress: env.Stderr})
		return "", err
	}); err != nil {
		return err
	}
	d.stages.part("A monorepo of five services, deployed by hand so far")
	if err := d.stages.do("set-up", "repository", func() (string, error) {
		var err error
		d.loop, err = loop.Start(ctx, where, loop.Options{Name: d.namespace})
		return d.place(), err
	}); err != nil {
		return err
	}
	defer func() { _ = d.loop.Close() }() // a clone in a folder for what may go
	if err := d.stages.do("set-up", "first roll-out", func() (string, error) { return d.firstRollOut(ctx) }); err != nil {
		return err
	}
	if err := d.play(ctx); err != nil {
		return err
	}
	d.stages.part("Stages and times")
	if err := d.stages.table(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(env.Stdout, next, where.Cluster.Kubeconfig, d.namespace)
	return err
}

// place tells where the loop is.
func (d *demo) place() string {
	if d.loop == nil {
		return ""
	}
	return fmt.Sprintf("namespace %s; Harbor's project %s, robot accounts push and pull", d.namespace, d.loop.Project)
}

const next = `
What to try next:
  export KUBECONFIG=%s
  kubectl -n %s get pipelineruns,taskruns,pods
  make e2e      # all the ways in which it can go wrong
  make down     # remove everything
`
