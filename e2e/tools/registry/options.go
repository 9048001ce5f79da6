// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"sync"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/auth"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem" // the driver named in config
	"github.com/sirupsen/logrus"
)

// options is what the command line says.
type options struct {
	addr, root, cert, key, htpasswd, public string
	anonymous                               bool
}

func parse(args []string) (*options, error) {
	var o options
	fs := flag.NewFlagSet("registry", flag.ContinueOnError)
	fs.StringVar(&o.addr, "addr", ":5000", "address to listen on")
	fs.StringVar(&o.root, "root", "/var/lib/registry", "folder that holds the images; made when missing")
	fs.StringVar(&o.cert, "cert", "", "TLS certificate chain, PEM; plain HTTP without it")
	fs.StringVar(&o.key, "key", "", "TLS private key, PEM")
	fs.StringVar(&o.htpasswd, "htpasswd", "", "file of users, one name:bcrypt a line, read again when it changes")
	fs.StringVar(&o.public, "public-project", "library", "first part of the repositories that anybody may pull")
	fs.BoolVar(&o.anonymous, "anonymous", false, "let anybody pull, push and delete")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	return &o, o.validate()
}

// validate refuses what would leave the registry more open, or less, than meant.
func (o *options) validate() error {
	switch {
	case o.anonymous == (o.htpasswd != ""):
		return errors.New("access rules: give either --htpasswd FILE or --anonymous")
	case (o.cert == "") != (o.key == ""):
		return errors.New("serving TLS: --cert and --key go together")
	}
	if o.htpasswd == "" {
		return nil
	}
	// The htpasswd controller would make up a user where the file is missing.
	if _, err := os.Stat(o.htpasswd); err != nil {
		return fmt.Errorf("reading users: %w", err)
	}
	return nil
}

// handler is the registry itself.
func (o *options) handler(ctx context.Context) (http.Handler, error) {
	logrus.SetLevel(logrus.WarnLevel)
	if err := os.MkdirAll(o.root, 0o750); err != nil {
		return nil, fmt.Errorf("making the storage folder: %w", err)
	}
	if err := registerOnce(); err != nil {
		return nil, fmt.Errorf("registering the access rules: %w", err)
	}
	return handlers.NewApp(ctx, o.config()), nil
}

// config is what distribution reads from its YAML file elsewhere.
func (o *options) config() *configuration.Configuration {
	c := &configuration.Configuration{Storage: configuration.Storage{
		"filesystem":  configuration.Parameters{"rootdirectory": o.root},
		"delete":      configuration.Parameters{"enabled": true},
		"maintenance": configuration.Parameters{"uploadpurging": map[any]any{"enabled": false}},
	}}
	c.HTTP.Secret = rand.Text()
	c.Catalog.MaxEntries = 1000
	if !o.anonymous {
		c.Auth = configuration.Auth{schemeName: configuration.Parameters{
			"realm": "adze registry", "path": o.htpasswd, "public": o.public,
		}}
	}
	return c
}

// registerOnce makes the access rules known to distribution, which keeps them
// by name for the whole process and refuses a second registration.
var registerOnce = sync.OnceValue(func() error { return auth.Register(schemeName, newAccess) })
