// SPDX-License-Identifier: Apache-2.0

// Package scangate judges an image by its known vulnerabilities, and tags it
// only if it passes.
//
// The image is named by digest and is scanned where it lies, in the registry.
// The scanner's findings are judged by a policy (see policy.go). There are three
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
	"errors"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
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

type options struct {
	registry harbor.Options
	image    string
	tag      string
	keyTag   string
	policy   string
	scanner  string
	report   string
	trivy    source.Trivy
	output   string
	now      func() time.Time

	verdict, scanOutput, testOutput, summary, judged *result.Value
}

func (o *options) AddFlags(f *step.Flags) {
	f.StringVar(&o.image, "image", "", "the image, `REPOSITORY@DIGEST`")
	f.StringVar(&o.tag, "tag", "", "`TAG` to put on the image if it passes")
	f.StringVar(&o.keyTag, "key-tag", "", "further `TAG` to put on the image if it passes, under which kaniko-build reuse finds it")
	f.StringVar(&o.policy, "policy", "", "policy `FILE`, or a folder with policy.yaml; by default HIGH and CRITICAL findings that have a fix are refused")
	f.ChoiceVar(&o.scanner, "scanner", "trivy", []string{"trivy", "report"}, "where the findings come from: Trivy's binary, or a report that is there already")
	f.StringVar(&o.report, "report", "", "Trivy JSON report `FILE` on this image, for --scanner=report")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json"}, "how the verdict is printed")
	o.trivy.AddFlags(f)
	o.registry.AddFlags(f)
	o.verdict = f.Result("verdict", "pass, refused or unknown")
	o.scanOutput = f.Result("SCAN_OUTPUT", "how many findings of each severity, as JSON; unpatched ones are those without a fix")
	o.testOutput = f.Result("TEST_OUTPUT", "the verdict as JSON: result is SUCCESS, FAILURE or ERROR")
	o.summary = f.Result("summary", "the findings by severity in one line, for people; none of its words is the image's")
	o.judged = f.Result("judged", "repository@digest that the verdict is about")
}

func (o *options) Validate() error {
	switch {
	case o.image == "":
		return errors.New("--image is missing")
	case (o.scanner == "report") != (o.report != ""):
		return errors.New("--scanner=report and --report go together")
	}
	return o.registry.Validate()
}

func (o *options) Run(ctx context.Context, env *step.Env) error {
	o.setUnknown("no judgement was reached")
	policy, err := loadPolicy(o.policy)
	if err != nil {
		return err
	}
	client, _, err := o.registry.Client(env.Log)
	if err != nil {
		return err
	}
	digest, err := client.Digest(o.image)
	if err != nil {
		return err
	}
	if digest, err = o.subject(ctx, env, client, digest); err != nil {
		return o.unknown(err)
	}
	o.judged.Set(digest.String())
	env.Log.Info("judging", "image", digest.String(), "scanner", o.scanner, "policy", policy.String())
	scan, err := o.source(env).Scan(ctx, digest)
	if err != nil {
		return o.unknown(err)
	}
	v := policy.judge(scan, o.now())
	o.setVerdict(v)
	if err := v.print(env.Stdout, o.output, digest); err != nil {
		return err
	}
	return o.conclude(ctx, env, client, digest, v)
}

func (o *options) source(env *step.Env) source.Source {
	if o.scanner == "report" {
		return source.File(o.report)
	}
	o.trivy.Registry, o.trivy.Log = o.registry.Options, env.Log
	return &o.trivy
}

// subject is the digest to judge: the one that the tag is on, if it exists.
func (o *options) subject(ctx context.Context, env *step.Env, client *registry.Client, given name.Digest) (name.Digest, error) {
	if o.tag == "" {
		return given, nil
	}
	tag, err := client.Reference(given.Context().Name() + ":" + o.tag)
	if err != nil {
		return name.Digest{}, err
	}
	has, err := client.Resolve(ctx, tag)
	if errors.Is(err, registry.ErrAbsent) {
		return given, nil
	}
	if err == nil && has.DigestStr() != given.DigestStr() {
		env.Log.Warn("the tag exists on another digest and is never moved; that digest is judged", "tag", tag.String(), "digest", has.DigestStr())
	}
	return has, err
}

// conclude tags what passed. The build key is that of the given image; where the
// tag was on another, that one gets no key.
func (o *options) conclude(ctx context.Context, env *step.Env, client *registry.Client, digest name.Digest, v *verdict) error {
	if len(v.Refusing) > 0 {
		return step.Hint(step.No("%s is refused: %s", digest, v.note()), "update the packages named above, or list a finding under ignore in the policy, with a reason and a date")
	}
	if o.keyTag != "" && strings.HasSuffix(o.image, digest.DigestStr()) {
		if err := client.Tag(ctx, digest, o.keyTag); err != nil {
			env.Log.Warn("no later run will find the image by its build key", "tag", o.keyTag, "cause", err.Error())
		}
	}
	if o.tag == "" {
		return nil
	}
	if err := client.Note(ctx, digest, v.summary()); err != nil {
		env.Log.Warn("the summary is not kept beside the image, and no pull request will show it", "cause", err.Error())
	}
	if err := client.Tag(ctx, digest, o.tag); err != nil {
		var taken *registry.TakenError
		if errors.As(err, &taken) {
			return step.Hint(err, "another run put the tag meanwhile; run again to judge that digest")
		}
		return err
	}
	env.Log.Info("passed, and has the tag", "image", digest.String(), "tag", o.tag)
	return nil
}

// unknown ends without a judgement.
func (o *options) unknown(err error) error {
	o.setUnknown(err.Error())
	return step.NoAnswer("no verdict, and so no tag: %w", err)
}
