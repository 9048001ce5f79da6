// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/show"
	"github.com/adze-ci/adze/tasks/scan-gate/source"
)

type options struct {
	registry harbor.Options
	source   source.Options
	image    string
	tag      string
	keyTag   string
	policy   string
	baseline []string
	output   string
	write    show.Files
	// onUnknown is what to do without a verdict, and deleteRefused whether a refused image goes.
	onUnknown     string
	deleteRefused bool

	now     func() time.Time
	results results
}

func (o *options) AddFlags(f *step.Flags) {
	f.StringVar(&o.image, "image", "", "the image, `REPOSITORY@DIGEST`")
	f.StringVar(&o.tag, "tag", "", "`TAG` to put on the image if it passes")
	f.StringVar(&o.keyTag, "key-tag", "", "further `TAG` to put on the image if it passes, under which kaniko-build reuse finds it")
	f.StringVar(&o.policy, "policy", "", "policy `FILE`, or a folder with policy.yaml; by default HIGH and CRITICAL findings that have a fix are refused")
	f.ArrayVar(&o.baseline, "baseline", "the images that are deployed now, each REPOSITORY:TAG or REPOSITORY@DIGEST, by which a policy with newOnly tells what is new: what they do not all have")
	f.ChoiceVar(&o.onUnknown, "on-unknown", "fail", []string{"fail", "refuse", "pass"}, "what to do without a verdict: fail (exit code 4), refuse (3), or pass, which puts the tag on an image that nobody has judged")
	f.BoolVar(&o.deleteRefused, "delete-refused", false, "remove a refused image from the registry, if no tag is on it")
	f.ChoiceVar(&o.output, "output", "text", show.Formats(), "how the verdict is printed")
	f.ArrayVar((*[]string)(&o.write), "write", "files to write the verdict to besides, each FORMAT=FILE with a format of --output")
	o.source.AddFlags(f)
	o.registry.AddFlags(f)
	o.results.addFlags(f)
}

func (o *options) Validate() error {
	if o.image == "" {
		return errors.New("--image is missing")
	}
	for flag, tag := range map[string]string{"--tag": o.tag, "--key-tag": o.keyTag} {
		if err := checkTag(flag, tag); err != nil {
			return err
		}
	}
	for _, image := range o.baseline {
		if _, err := name.ParseReference(image, name.StrictValidation); err != nil {
			return step.Misuse("--baseline: %w", err)
		}
	}
	if err := o.write.Validate(); err != nil {
		return err
	}
	if err := o.source.Validate(); err != nil {
		return err
	}
	return o.registry.Validate()
}

// checkTag refuses what no image may be tagged with.
func checkTag(flag, tag string) error {
	if tag == "" {
		return nil
	}
	if err := registry.CheckTag(tag); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}
