// SPDX-License-Identifier: Apache-2.0

// Package fetch is the subcommand monorepo-change fetch: it writes the files
// that one service is made of, at one commit, and nothing else.
//
// The files lie at their paths in the repository, so that the build context and
// the Dockerfile of adze.yaml are found below the output folder. Only the
// contents of these files are fetched. Files are readable by all, for the next
// step may run as another user. Submodules and Git LFS pointers among the
// inputs are refused by name. On request it also tells which images of the service
// are deployed now.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/monorepo-change/deployed"
	"github.com/adze-ci/adze/tasks/monorepo-change/origin"
)

// Command is the subcommand.
func Command() step.Command {
	return step.Command{
		Name:    "fetch",
		Summary: "write the files that one service is made of, and nothing else",
		New:     func() step.Options { return &options{} },
	}
}

type options struct {
	origin                       origin.Options
	service, outputDir, registry string
	compare                      bool
	manifests                    deployed.Manifests

	image, context, dockerfile, target, buildArgs, hash, created, commit, url, deployed *result.Value
}

// AddFlags is part of step.Options.
func (o *options) AddFlags(f *step.Flags) {
	o.origin.AddFlags(f, "`commit` to fetch: a full id, branch, tag or ref")
	f.StringVar(&o.service, "service", "", "`name` of the service")
	f.StringVar(&o.outputDir, "output-dir", "", "`folder` to write to; files are put at their paths in the repository")
	f.StringVar(&o.registry, "registry", "", "`prefix` of image names, in place of adze.yaml's registry")
	f.BoolVar(&o.compare, "deployed", false, "find the images of the service that its manifests name, for a gate that counts what is new")
	o.manifests.AddFlags(f, "--deployed")
	o.image = f.Result("image", "the repository that the service's image is pushed to, without a tag")
	o.context = f.Result("context", "the build context, relative to the output folder")
	o.dockerfile = f.Result("dockerfile", "the Dockerfile, relative to the output folder")
	o.target = f.Result("target", "the Dockerfile's stage to build; empty for the last")
	o.buildArgs = f.ResultArray("build-args", "the build's arguments, KEY=VALUE, from adze.yaml")
	o.hash = f.Result("input-hash", "the SHA-256 over path, mode and object id of all inputs")
	o.commit = f.Result("commit", "the commit that was fetched")
	o.url = f.Result("url", "the repository that it is of, without a login")
	o.created = f.Result("created", "when the commit was made, by its committer's clock, as RFC 3339 in UTC")
	o.deployed = f.ResultArray("deployed", "with --deployed the images of the service that its manifests name; empty where they are not known")
}

// Validate is part of step.Options.
func (o *options) Validate() error {
	switch {
	case o.service == "":
		return errors.New("give --service")
	case o.outputDir == "":
		return errors.New("give --output-dir")
	}
	o.manifests.Validate()
	return o.origin.Validate()
}

// Run is part of step.Options.
func (o *options) Run(ctx context.Context, env *step.Env) error {
	repo, err := o.origin.Open(env.Log)
	if err != nil {
		return err
	}
	c, err := repo.Resolve(ctx, o.origin.Revision)
	if err != nil {
		return fmt.Errorf("reading the revision %s: %w", o.origin.Revision, err)
	}
	head, err := o.origin.Peek(ctx, repo, c)
	if err != nil {
		return err
	}
	if err := head.Settle(ctx, o.service); err != nil {
		return err
	}
	s, ok := head.Services.Get(o.service)
	if !ok {
		return head.NoService(o.service)
	}
	if head.Config.Registry == "" && o.registry == "" && *o.image.Path() != "" {
		return step.Hint(step.Misuse("no registry is known for the image of %s", o.service), "set registry in %s, or give --registry", monorepo.FileName)
	}
	s.Image = s.ImageIn(o.registry)
	files, err := o.inputs(ctx, head)
	if err != nil {
		return err
	}
	n, err := o.write(ctx, repo, files)
	if err != nil {
		return err
	}
	env.Log.Info("fetched", "service", s.Name, "commit", c.ID.String(), "files", len(files), "bytes", n)
	o.commit.Set(c.ID.String())
	o.url.Set(withoutLogin(o.origin.Repo.URL))
	o.created.Set(time.Unix(c.When, 0).UTC().Format(time.RFC3339))
	o.deployed.SetArray(o.images(ctx, env.Log, repo, s))
	o.hand(s, files)
	return ctx.Err()
}

// images are those that the service's manifests name. That they are not known keeps
// nobody from building: who compares with them then takes all for new.
func (o *options) images(ctx context.Context, log *slog.Logger, repo *gitx.Repo, s monorepo.Service) []string {
	if !o.compare {
		return nil
	}
	images, err := o.manifests.Images(ctx, o.origin.Repo, repo, s)
	switch {
	case err != nil:
		log.Warn("what is deployed is not known", "service", s.Name, "cause", err.Error())
	default:
		log.Info("looked up what is deployed", "service", s.Name, "images", strings.Join(images, " "))
	}
	return images
}

// withoutLogin takes out of a URL what is not for all to read. What is no URL,
// as user@host:path, has no password.
func withoutLogin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// inputs lists what to write. A file that could not be understood and is an
// input itself would leave others out, so it is an error.
func (o *options) inputs(ctx context.Context, head *origin.Commit) (map[string]gitx.Entry, error) {
	graph, err := monorepo.Scan(ctx, head.Config, head.Services, head.Files)
	if err != nil {
		return nil, err
	}
	files, err := head.Inputs(ctx, graph, o.service)
	if err != nil {
		return nil, err
	}
	for _, fault := range graph.Faults {
		if _, ok := files[fault.File]; ok {
			return nil, fmt.Errorf("finding what %s is made of: %w", o.service, fault)
		}
	}
	return files, nil
}

func (o *options) hand(s monorepo.Service, files map[string]gitx.Entry) {
	o.image.Set(s.Image)
	o.context.Set(s.Context)
	o.dockerfile.Set(s.Dockerfile)
	o.target.Set(s.Target)
	o.buildArgs.SetArray(s.Args())
	o.hash.Set(origin.Hash(files))
}
