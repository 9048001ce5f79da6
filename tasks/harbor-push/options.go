// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"errors"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
)

type options struct {
	registry      harbor.Options
	from          string
	digest        string
	plan          string
	image         string
	tags, labels  []string
	createProject bool
	writeCache    bool
	output        string

	results struct{ url, digest, ref, outcome, uploaded, duration *result.Value }
}

func (o *options) AddFlags(f *step.Flags) {
	f.StringVar(&o.from, "from", "", "the image to push: `PATH` of an OCI layout (a folder) or of a docker tarball, or a reference in a registry")
	f.StringVar(&o.digest, "digest", "", "`DIGEST` that the image must have, or nothing is pushed; any by default")
	f.StringVar(&o.plan, "plan", "", "`FILE` of kaniko-reuse that says which layers bases have, which may be missing in an OCI layout, and where the layer cache is")
	f.StringVar(&o.image, "image", "", "`REPOSITORY` to push to, with its registry and without a tag")
	f.ArrayVar(&o.tags, "tag", "tags to put on the image; none by default")
	f.ArrayVar(&o.labels, "label", "labels of Harbor's to put on the image, which exist in its project or for all")
	f.BoolVar(&o.createProject, "create-project", false, "create the project, as a private one, where a Harbor does not have it")
	f.BoolVar(&o.writeCache, "cache-write", true, "also push the layers that the build kept for later builds, beside the OCI layout, where the plan names a cache")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json"}, "how the answer is printed")
	o.registry.AddFlags(f)
	o.results.url = f.Result("IMAGE_URL", "the repository that was pushed to")
	o.results.digest = f.Result("IMAGE_DIGEST", "the digest that the registry has")
	o.results.ref = f.Result("IMAGE_REF", "repository@digest")
	o.results.outcome = f.Result("outcome", "pushed, present, tag-taken, or why the registry refused")
	o.results.uploaded = f.Result("uploaded-bytes", "bytes that the registry got from here, what was cut and sent anew counted once")
	o.results.duration = f.Result("duration", "seconds that it took")
}

func (o *options) Validate() error {
	switch {
	case o.from == "":
		return errors.New("--from is missing")
	case o.image == "":
		return errors.New("--image is missing")
	}
	if _, err := v1.NewHash(o.digest); o.digest != "" && err != nil {
		return step.Misuse("--digest: %w", err)
	}
	// Tekton's arrays may have empty words.
	o.tags = slices.DeleteFunc(o.tags, func(tag string) bool { return tag == "" })
	for _, tag := range o.tags {
		if err := registry.CheckTag(tag); err != nil {
			return fmt.Errorf("--tag: %w", err)
		}
	}
	return o.registry.Validate()
}
