// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
	"github.com/adze-ci/adze/tasks/scan-gate/show"
)

// subject is the digest to judge: the one that the tag is on, if it exists.
func (g *gate) subject(ctx context.Context) (name.Digest, error) {
	if g.tag == "" {
		return g.given, nil
	}
	tag, err := g.client.Reference(g.given.Context().Name() + ":" + g.tag)
	if err != nil {
		return name.Digest{}, err
	}
	has, err := g.client.Resolve(ctx, tag)
	if errors.Is(err, registry.ErrAbsent) {
		return g.given, nil
	}
	if err == nil && has.DigestStr() != g.given.DigestStr() {
		g.log.Warn("the tag exists on another digest and is never moved; that digest is judged", "tag", tag.String(), "digest", has.DigestStr())
	}
	return has, err
}

// conclude tags what passed, and hands over the results.
func (g *gate) conclude(ctx context.Context, answer *show.Answer) error {
	v := answer.Verdict
	if err := g.fit(v); err != nil {
		return err
	}
	if !v.Refused() || !g.removed(ctx) {
		g.keep(ctx, answer)
	}
	if v.Refused() {
		return step.Hint(step.No("%s is refused: %s", g.image, v.Note()), "%s", advice(v))
	}
	if err := g.putTags(ctx, g.keyTag); err != nil {
		g.results.unknown("it passed, and has no tag: "+err.Error(), g.now())
		return err
	}
	if g.tag != "" {
		g.log.Info("passed, and has the tag", "image", g.image.String(), "tag", g.tag)
	}
	return nil
}

// advice says what can be done about a refusal.
func advice(v *policy.Verdict) string {
	if len(v.Of(policy.Refuses)) == 0 {
		return "no finding refuses by itself, a rule of the policy does: its reason is above"
	}
	return "update the packages named above, or list a finding under ignore in the policy, with a reason and a date"
}

// fit sets the results, before the tag is put: what is tagged has passed, and its
// step may not fail for want of room.
func (g *gate) fit(v *policy.Verdict) error {
	err := g.results.hand(v, g.now())
	if err == nil || v.Refused() {
		return nil // what a refusal has to say that is too long, its exit code says as well
	}
	g.results.unknown("the results are too long", g.now())
	text := fmt.Errorf("handing over the verdict %s: %w", v.Word(), err)
	for _, remedy := range result.Remedies(err) {
		text = step.Hint(text, "%s", remedy)
	}
	return text
}

// undecided ends without a verdict, as --on-unknown says. A run that is cut off
// decides nothing.
func (g *gate) undecided(ctx context.Context, cause error) error {
	err := g.unknown(cause)
	switch {
	case step.CodeOf(err) == step.CodeMisused || ctx.Err() != nil || g.onUnknown == "fail":
		return err
	case g.onUnknown == "refuse":
		return step.No("refused, as --on-unknown says, for there is no verdict: %w", cause)
	}
	switch refused, err := g.refusedBefore(ctx); {
	case err != nil:
		return step.NoAnswer("no verdict, and so no tag: %w; and what an earlier run said is not known: %w", cause, err)
	case refused:
		return step.No("refused by an earlier run, and no verdict now says otherwise: %w", cause)
	}
	g.log.Warn("there is no verdict, and the image passes all the same, as --on-unknown says", "image", g.image.String(), "cause", cause.Error())
	g.results.unjudged(cause.Error(), g.now())
	if g.tag != "" {
		g.put(ctx, &verdict.Document{Image: g.image, Verdict: verdict.Unknown, Summary: "not judged: the scanner gave no answer", Judged: g.now()})
	}
	if err := g.putTags(ctx, ""); err != nil {
		g.results.unknown("it has no tag: "+err.Error(), g.now())
		return err
	}
	return nil
}

// refusedBefore tells whether the verdict that is kept beside the image refuses it:
// that no scanner answers today makes it no better.
func (g *gate) refusedBefore(ctx context.Context) (bool, error) {
	kept, err := verdict.Find(ctx, g.client, g.image)
	if errors.Is(err, registry.ErrAbsent) {
		return false, nil
	}
	return err == nil && kept.Verdict == verdict.Refused, err
}

// removed takes a refused image out of the registry, where that is wanted, and tells
// whether it is gone. An image that bears a tag is somebody's.
func (g *gate) removed(ctx context.Context) bool {
	switch {
	case !g.deleteRefused:
		return false
	case g.image.DigestStr() != g.given.DigestStr():
		g.log.Warn("the refused image is not removed: it has the tag", "image", g.image.String(), "tag", g.tag)
		return false
	}
	if err := g.client.Delete(ctx, g.image); err != nil {
		g.log.Warn("the refused image is not removed", "cause", err.Error())
		return false
	}
	g.log.Info("the refused image is removed from the registry", "image", g.image.String())
	return true
}

// putTags puts the tags. The build key is that of the given image; where the tag was
// on another, that one gets no key. Of several images with one key the latest that
// passed is the one to find.
func (g *gate) putTags(ctx context.Context, keyTag string) error {
	if keyTag != "" && g.image.DigestStr() == g.given.DigestStr() {
		if err := g.client.Move(ctx, g.image, keyTag); err != nil {
			g.log.Warn("no later run will find the image by its build key", "tag", keyTag, "cause", err.Error())
		}
	}
	if g.tag == "" {
		return nil
	}
	err := g.client.Tag(ctx, g.image, g.tag)
	var taken *registry.TakenError
	if errors.As(err, &taken) {
		return step.Hint(err, "another run put the tag meanwhile; run again to judge that digest")
	}
	return err
}
