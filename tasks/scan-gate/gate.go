// SPDX-License-Identifier: Apache-2.0

// Package scangate judges an image by its known vulnerabilities, and tags it
// only if it passes.
//
// The image is named by digest and is scanned where it lies, in the registry.
// The scanner's findings are judged by a policy (see package policy). There are three
// verdicts: pass (exit code 0), refused (3), and unknown (4) where no judgement
// could be had: the scanner failed, said nothing, or its report is cut short or
// is about another image. Only a pass puts the tag.
//
// A tag that exists never moves: the digest that it is on is what runs, so that
// digest is judged in place of the given one.
//
// Results: verdict, SCAN_OUTPUT and TEST_OUTPUT, the last two in the shapes that
// Konflux's tasks use, judged, the digest that the verdict is about, and summary,
// which is also kept in the registry beside an image that gets a tag: whoever
// proposes that image reads there what the gate said, and no build can write it.
package scangate

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
	"github.com/adze-ci/adze/tasks/scan-gate/show"
	"github.com/adze-ci/adze/tasks/scan-gate/source"
)

// Command is the binary.
func Command() step.Command {
	return step.Command{
		Name:    "scan-gate",
		Summary: "judge an image by its vulnerabilities, and tag it if it passes",
		New:     func() step.Options { return &options{now: time.Now} },
	}
}

func (o *options) Run(ctx context.Context, env *step.Env) error {
	o.results.unknown("no judgement was reached", o.now())
	rules, err := policy.Load(o.policy)
	if err != nil {
		return err
	}
	client, harbors, err := o.registry.Client(env.Log)
	if err != nil {
		return err
	}
	given, err := client.Digest(o.image)
	if err != nil {
		return err
	}
	g := &gate{options: o, log: env.Log, client: client, given: given}
	if g.image, err = g.subject(ctx); err != nil {
		return o.unknown(err)
	}
	o.results.judged.Set(g.image.String())
	env.Log.Info("judging", "image", g.image.String(), "scanner", o.source.Scanner, "policy", rules.String())
	scan, err := o.source.Open(source.Access{Options: o.registry.Options, Images: client, Harbor: harbors, Log: env.Log}).Scan(ctx, g.image)
	if err != nil {
		return o.unknown(err)
	}
	v, err := rules.Judge(policy.Case{Image: g.image, Scan: scan, Now: o.now()})
	if err != nil {
		return o.unknown(err)
	}
	if err := (show.Answer{Image: g.image, Policy: rules, Scan: scan, Verdict: v}).Write(env.Stdout, o.output); err != nil {
		return err
	}
	return g.conclude(ctx, v)
}

// unknown ends without a judgement. What the caller did wrong stays a misuse.
func (o *options) unknown(err error) error {
	o.results.unknown(err.Error(), o.now())
	if step.CodeOf(err) == step.CodeMisused {
		return err
	}
	return step.NoAnswer("no verdict, and so no tag: %w", err)
}

// gate is one run.
type gate struct {
	*options

	log    *slog.Logger
	client *registry.Client
	// given is the image of the command line, and image the one that is judged.
	given, image name.Digest
}
