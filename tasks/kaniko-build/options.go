// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"errors"
	"fmt"
	"time"

	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

type options struct {
	recipe                 recipe.Options
	extraArgs              []string
	image, url, revision   string
	created                string
	layout, tarPath, plan  string
	mirrors, maps, ignored []string
	caFiles, insecure      []string
	pullConfig, secrets    string
	reused                 string
	reproducible           bool
	rootOwned              bool
	placed                 []string // files that are there while the build runs
	kind                   kind     // what failed; empty while nothing did
	executor               string
	timeout                time.Duration

	imageURL, imageDigest, outcome     *result.Value
	imageSize, layersWritten, duration *result.Value
}

func (o *options) AddFlags(f *step.Flags) {
	o.recipe.AddFlags(f)
	f.ArrayVar(&o.extraArgs, "extra-arg", "argument for Kaniko's executor, after all others")
	f.StringVar(&o.image, "image", "", "`REPOSITORY` that the image is for: result IMAGE_URL, and the name in --tar-path")
	f.StringVar(&o.url, "url", "", "label org.opencontainers.image.source: `URL` of the repository")
	f.StringVar(&o.revision, "revision", "", "label org.opencontainers.image.revision: `SHA` of the commit")
	f.StringVar(&o.created, "created", "", "label org.opencontainers.image.created: `TIME` of the commit, as RFC 3339")
	f.BoolVar(&o.reproducible, "reproducible", true, "date files of new layers 1970, and the configuration --created or 1970, so that the same files make the same digest")
	f.BoolVar(&o.rootOwned, "root-owned", false, "make the files of the context root's where they lie, as COPY makes them elsewhere; Kaniko's keeps their owners")
	f.StringVar(&o.layout, "layout", "", "`DIR` to leave the OCI layout in; made or replaced")
	f.StringVar(&o.tarPath, "tar-path", "", "`FILE` to leave a docker tarball in")
	f.StringVar(&o.plan, "plan", "", "`FILE` that kaniko-build reuse wrote; layers of the bases that it lists are left out of the layout, for the registry has them")
	f.ArrayVar(&o.mirrors, "registry-mirror", "registry to pull docker.io's images from, the first that has an image counts")
	f.ArrayVar(&o.maps, "registry-map", "registry to pull another's images from, as OLD=NEW")
	f.StringArrayVar(&o.caFiles, "ca-file", nil, "PEM `FILE`, or folder of .crt and .pem files, of authorities to trust when pulling; repeatable")
	f.StringArrayVar(&o.insecure, "insecure", nil, "registry `HOST[:PORT]` that may be spoken to in plain HTTP when pulling; repeatable")
	f.StringVar(&o.pullConfig, "pull-config", "", "docker config `PATH` with credentials for pulling bases and cached layers: a file, or a folder with config.json or .dockerconfigjson; RUN lines can read it")
	f.StringVar(&o.secrets, "build-secrets", "", "`DIR` of build secrets, a file each; RUN lines find them in /run/secrets, and no layer does")
	f.ArrayVar(&o.ignored, "ignore-path", "path that the build neither clears nor packs, beyond mounts and what is ours")
	f.StringVar(&o.reused, "reused", "", "`DIGEST` of an image that exists, as kaniko-build reuse tells it; then nothing is built")
	f.StringVar(&o.executor, "executor", "/kaniko/executor", "Kaniko's executor")
	f.DurationVar(&o.timeout, "timeout", 0, "how long the build may take; 0 for no limit")
	o.imageURL = f.Result("IMAGE_URL", "the repository that the image is for")
	o.imageDigest = f.Result("IMAGE_DIGEST", "the digest of the image in the layout")
	o.imageSize = f.Result("IMAGE_SIZE", "bytes of the compressed layers and the configuration; empty where nothing was built")
	o.layersWritten = f.Result("layers-written", "how many layers are in the layout; the others are in the registry")
	o.duration = f.Result("duration", "how long the build took, in seconds")
	o.outcome = f.Result("outcome", "built, reused, or what failed: misuse, dockerfile, run, context, pull, memory, disk, output, timeout, cancelled or executor")
}

func (o *options) Validate() error {
	if err := o.recipe.Validate(); err != nil {
		return err
	}
	switch {
	case o.layout == "" && o.tarPath == "":
		return errors.New("give --layout or --tar-path: the image must go somewhere")
	case o.timeout < 0:
		return fmt.Errorf("--timeout=%s is negative", o.timeout)
	}
	if o.created != "" {
		if _, err := time.Parse(time.RFC3339, o.created); err != nil {
			return fmt.Errorf("--created=%q is no RFC 3339 time", o.created)
		}
	}
	return recipe.CheckExtra(o.extraArgs)
}

// commitTime is --created.
func (o *options) commitTime() time.Time {
	created, err := time.Parse(time.RFC3339, o.created)
	if err != nil {
		return time.Unix(0, 0) // it is not given: Validate has looked at it
	}
	return created
}
