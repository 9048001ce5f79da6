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
// The verdict is kept in the registry beside the image, with all findings: a later
// run judges by them (--reuse), whoever proposes that image reads there what the
// gate said, and no build can write it.
//
// Results: verdict, SCAN_OUTPUT and TEST_OUTPUT, the last two in the shapes that
// Konflux's tasks use, judged, the digest that the verdict is about, and summary.
package scangate

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
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

		Commands: []step.Command{lint(), all()},
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
	g, err := o.gate(client, harbors, env.Log, o.image)
	if err != nil {
		return err
	}
	if g.image, err = g.subject(ctx); err != nil {
		return o.unknown(err)
	}
	o.results.judged.Set(g.image.String())
	env.Log.Info("judging", "image", g.image.String(), "scanner", o.source.Scanner, "policy", rules.String())
	answer, err := g.judge(ctx, rules)
	if err != nil {
		return g.undecided(ctx, err)
	}
	if err := answer.Write(env.Stdout, o.output); err != nil {
		return err
	}
	if err := answer.WriteFiles(o.write); err != nil {
		return err
	}
	return g.conclude(ctx, answer)
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
	access source.Access
	// given is the image of the command line, and image the one that is judged.
	given, image name.Digest
	// kept is the verdict of an earlier run by whose scan the image is judged; nil for none.
	kept *verdict.Document
}

// gate is a run on one image, REPOSITORY@DIGEST.
func (o *options) gate(client *registry.Client, harbors *harbor.Client, log *slog.Logger, image string) (*gate, error) {
	given, err := client.Digest(image)
	if err != nil {
		return nil, err
	}
	access := source.Access{Options: o.registry.Options, Images: client, Harbor: harbors, Log: log}
	return &gate{options: o, log: log, client: client, access: access, given: given}, nil
}

// judge has the image scanned, and judged by the policy.
func (g *gate) judge(ctx context.Context, rules *policy.Policy) (*show.Answer, error) {
	scan, err := g.find(ctx, g.image, rules)
	if err != nil {
		return nil, err
	}
	c := policy.Case{Image: g.image, Scan: scan, Now: g.now()}
	if rules.Compares() {
		c.Baseline = g.deployed(ctx, scan, rules)
	}
	v, err := rules.Judge(ctx, c)
	return &show.Answer{Image: g.image, Policy: rules, Scan: scan, Verdict: v}, err
}

// scan has an image scanned; dated says that the age of the scanner's knowledge counts.
// A report that is given is on the image that is judged, whatever it vouches for: taken
// for another's, it would make all that it lists look old.
func (g *gate) scan(ctx context.Context, image name.Digest, dated bool) (*finding.Scan, error) {
	if g.source.Scanner == "report" && image.DigestStr() != g.image.DigestStr() {
		return nil, errors.New("the report is on the image that is judged, and not on this one")
	}
	access := g.access
	access.Dated = dated
	return g.source.Open(access).Scan(ctx, image)
}

// deployed are the findings on each image that new ones are told by; nil where
// something is not known of one, and then all findings are new.
func (g *gate) deployed(ctx context.Context, scan *finding.Scan, rules *policy.Policy) []*finding.Scan {
	scans := map[string]*finding.Scan{g.image.DigestStr(): scan}
	var all []*finding.Scan
	for _, image := range g.baseline {
		before, err := g.before(ctx, image, scans, rules)
		if err != nil {
			g.log.Warn("every finding counts as new", "cause", err.Error())
			return nil
		}
		all = append(all, before)
	}
	return all
}

// before are the findings on an image that is deployed now, from the scans by digest
// where they have it.
func (g *gate) before(ctx context.Context, baseline string, scans map[string]*finding.Scan, rules *policy.Policy) (*finding.Scan, error) {
	ref, err := g.client.Reference(baseline)
	if err != nil {
		return nil, err
	}
	image, err := g.client.Resolve(ctx, ref)
	if err != nil {
		return nil, err
	}
	scan, ok := scans[image.DigestStr()]
	if !ok {
		g.log.Info("looking at an image that is deployed now", "image", image.String())
		scan, err = g.find(ctx, image, rules)
		scans[image.DigestStr()] = scan
	}
	return scan, err
}
