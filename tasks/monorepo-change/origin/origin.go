// SPDX-License-Identifier: Apache-2.0

// Package origin says where the commits that monorepo-change works on come
// from, and reads their configuration and their services.
package origin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
)

// head is the revision where none is given.
const head = "HEAD"

// Options are the flags about the repository.
type Options struct {
	// Repo is where the repository is.
	Repo gitx.Options
	// Config is the path of adze.yaml in the repository.
	Config string
	// Revision is the commit that is worked on.
	Revision string
}

// AddFlags declares the flags; that of the revision is for each command to describe.
func (o *Options) AddFlags(f *step.Flags, revision string) {
	f.StringVar(&o.Repo.URL, "url", "", "`URL` of the repository: http, https, ssh, user@host:path, file, or a folder")
	f.StringVar(&o.Repo.Source, "source", "", "`folder` with a local repository, shallow or full; what it lacks comes from --url, or from where it was cloned")
	f.StringVar(&o.Repo.TokenFile, "token-file", "", "`file` with a token for the git server")
	f.StringVar(&o.Repo.Credentials, "credentials", "", "`folder` with a login for the git server: files username and password, token, .git-credentials or .netrc; for ssh ssh-privatekey or id_*, and known_hosts; an empty folder is none")
	f.StringVar(&o.Repo.CAFile, "ca-file", "", "`file` with certificates to trust beside the system's, or a folder of *.crt and *.pem")
	f.StringVar(&o.Config, "config", monorepo.FileName, "`path` of adze.yaml in the repository; with no file there, every folder with a Dockerfile is a service")
	f.StringVar(&o.Revision, "revision", head, revision)
}

// Validate checks the flags.
func (o *Options) Validate() error {
	if o.Repo.URL == "" && o.Repo.Source == "" {
		return errors.New("give --url or --source")
	}
	o.Config = cmp.Or(o.Config, monorepo.FileName)
	o.Revision = cmp.Or(o.Revision, head)
	return nil
}

// Open prepares reading the repository.
func (o *Options) Open(log *slog.Logger) (*gitx.Repo, error) {
	o.Repo.Log = log
	return gitx.Open(o.Repo)
}

// Commit is a commit with its configuration and services.
type Commit struct {
	gitx.Commit
	Files    *Files
	Config   *monorepo.Config
	Services monorepo.Services
}

// Load reads a commit's configuration and finds its services. A fault in the
// configuration is a misuse.
func (o *Options) Load(ctx context.Context, repo *gitx.Repo, c gitx.Commit) (*Commit, error) {
	out, err := o.Peek(ctx, repo, c)
	if err != nil {
		return nil, err
	}
	return out, out.Settle(ctx, out.Services.Names()...)
}

// Peek is Load, but where the configuration alone says what services there are
// it leaves open whether they are there, until Settle is asked: so what it costs
// does not grow with their number.
func (o *Options) Peek(ctx context.Context, repo *gitx.Repo, c gitx.Commit) (*Commit, error) {
	out := &Commit{Commit: c, Files: newFiles(repo.Snapshot(c)), Config: monorepo.Default()}
	texts, err := out.Files.Read(ctx, []string{o.Config})
	if err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", o.Config, c.ID, err)
	}
	if text, ok := texts[o.Config]; ok {
		if out.Config, err = monorepo.Parse(o.Config, text); err != nil {
			return nil, step.Misuse("%w", err)
		}
	} else if err := o.mayLack(ctx, out); err != nil {
		return nil, err
	}
	out.Services, err = out.Config.Find(ctx, out.Files)
	var fault *monorepo.Error
	if errors.As(err, &fault) {
		return nil, step.Misuse("%w", err)
	}
	return out, err
}

// Settle finds out which of some services are gone.
func (c *Commit) Settle(ctx context.Context, services ...string) error {
	return c.Services.Settle(ctx, c.Files, services)
}

// mayLack refuses a commit without a configuration where one was named, or
// where something else bears its name: a link is not followed, and services found
// without it would not be those that it lists.
func (o *Options) mayLack(ctx context.Context, c *Commit) error {
	there, err := c.Files.Lookup(ctx, []string{o.Config})
	switch {
	case err != nil:
		return fmt.Errorf("reading %s of %s: %w", o.Config, c.ID, err)
	case len(there) > 0:
		return step.Misuse("%s is no regular file at %s", o.Config, c.ID)
	case o.Config != monorepo.FileName:
		return step.Misuse("%s is not in the repository at %s", o.Config, c.ID)
	}
	return nil
}

// NoService says that a commit has no service of that name.
func (c *Commit) NoService(name string) error {
	err := step.Misuse("%s has no service %q", c.ID, name)
	if near := c.Services.Nearest(name); near != "" {
		return step.Hint(err, "did you mean %s?", near)
	}
	return err
}
