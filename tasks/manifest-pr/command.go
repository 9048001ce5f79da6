// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"cmp"
	"errors"
	"path"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
	"github.com/adze-ci/adze/tasks/manifest-pr/report"
)

// Command describes the binary.
func Command() step.Command {
	return step.Command{
		Name:     "manifest-pr",
		Summary:  "keeps one pull request per service that makes its manifests name the new image",
		New:      func() step.Options { return &options{} },
		Commands: []step.Command{refreshCommand(), report.Command()},
	}
}

// usualFolder is where manifests lie unless it is said.
const usualFolder = "manifests"

type options struct {
	repo, sourceRepo, baseBranch string
	services, images, paths      []string
	tag, revision                string
	registryPrefix, form         string
	config, dryRun, write        string
	output                       string
	pathGiven                    bool
	apiURL                       string
	sourceBranch, group          string
	deadline                     time.Duration
	credentials                  credentials
	presentation                 presentation
	registry                     registry.Options

	given map[string]manifest.Image // of --image

	results results
}

// AddFlags declares the flags and results.
func (o *options) AddFlags(f *step.Flags) {
	o.addForgeFlags(f)
	f.ArrayVar(&o.services, "service", "the services that were built")
	f.StringVar(&o.tag, "tag", "", "the images' tag: the `COMMIT` that they were built from")
	f.StringVar(&o.revision, "revision", "", "`COMMIT` of the source repository that adze.yaml is read at and that the proposals name; default: --tag")
	f.StringVar(&o.registryPrefix, "registry", "", "registry and project before the images' names, for example harbor.example.com/library; default: adze.yaml's")
	f.ArrayVar(&o.images, "image", "SERVICE=REFERENCE: a service and the image to name, which the registry is not asked for; without SERVICE= it is the last word of the image's name")
	f.ArrayVar(&o.paths, "path", "files and folders of the manifests of services that adze.yaml gives none; default: manifests, or all of a folder without one")
	f.ChoiceVar(&o.form, "reference", string(manifest.ByTag), []string{string(manifest.ByTag), string(manifest.ByDigest), string(manifest.ByTagAndDigest)}, "how images are named")
	f.ChoiceVar(&o.group, "group", perService, []string{perService, perRun, forAll}, "one pull request for each service, for all that this run built, or for all services ever")
	f.StringVar(&o.config, "config", monorepo.FileName, "`PATH` of adze.yaml in the source repository; that at its root may be missing")
	f.StringVar(&o.dryRun, "dry-run", "", "read the manifests and adze.yaml from this `FOLDER`, print the change as a diff, and write nothing anywhere")
	f.StringVar(&o.write, "write", "", "edit the manifests in this `FOLDER` in place, and speak to no forge")
	o.registry.AddFlags(f)
	o.results.declare(f)
}

// addForgeFlags declares what each command needs that speaks to the forge.
func (o *options) addForgeFlags(f *step.Flags) {
	f.StringVar(&o.repo, "repo", "", "repository of the manifests, `OWNER/NAME`")
	f.StringVar(&o.sourceRepo, "source-repo", "", "repository that the services are built from, `OWNER/NAME`; default: --repo")
	f.StringVar(&o.sourceBranch, "source-branch", "", "`BRANCH` of the source repository that tells which of two commits is newer when neither descends from the other; default: its default branch")
	f.StringVar(&o.baseBranch, "base-branch", "main", "`BRANCH` that the pull requests go to")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json"}, "how the answer on stdout is written")
	f.StringVar(&o.apiURL, "api-url", propose.DefaultAPI, "root `URL` of the forge's API; GitHub Enterprise: https://HOST, which stands for https://HOST/api/v3; one with a path is taken as it is")
	f.DurationVar(&o.deadline, "deadline", propose.DefaultDeadline, "how long the run may wait for the forge's rate limits, all in all")
	o.credentials.addFlags(f)
	o.presentation.addFlags(f)
}

// Validate checks the flags.
func (o *options) Validate() error {
	o.services, o.images, o.paths = filled(o.services), filled(o.images), filled(o.paths)
	o.pathGiven = len(o.paths) > 0
	if !o.pathGiven && o.local() == "" {
		o.paths = []string{usualFolder}
	}
	if err := errors.Join(o.validateLocal(), o.parseImages()); err != nil {
		return err
	}
	for _, s := range o.services {
		if _, ok := o.given[s]; !ok && o.tag == "" {
			return step.Misuse("service %s has neither --tag nor --image", s)
		}
	}
	o.revision = cmp.Or(o.revision, o.tag)
	if err := o.validateGroup(); err != nil {
		return err
	}
	if err := o.validateForge(); err != nil {
		return err
	}
	return o.registry.Validate()
}

// validateForge checks the flags of addForgeFlags.
func (o *options) validateForge() error {
	if o.local() == "" {
		if _, _, ok := propose.SplitName(o.repo); !ok {
			return step.Misuse("--repo=%q is not OWNER/NAME", o.repo)
		}
	}
	o.sourceRepo = cmp.Or(o.sourceRepo, o.repo)
	if err := o.credentials.validate(o.local() != ""); err != nil {
		return err
	}
	return o.presentation.validate(o.baseBranch)
}

// parseImages reads --image; the services named there need not be named again.
func (o *options) parseImages() error {
	o.given = map[string]manifest.Image{}
	for _, pair := range o.images {
		service, ref, named := strings.Cut(pair, "=")
		if !named {
			ref = pair
		}
		img, err := manifest.Parse(ref)
		if err != nil {
			return step.Misuse("--image=%q: %w", pair, err)
		}
		if !named {
			service = path.Base(img.Repository)
		}
		if _, twice := o.given[service]; twice {
			return step.Misuse("--image names service %s twice", service)
		}
		o.given[service] = img
		o.services = append(o.services, service)
	}
	o.services = distinct(o.services)
	for _, s := range o.services {
		if !serviceName.MatchString(s) {
			return step.Misuse("%q is no name of a service", s)
		}
	}
	return nil
}
