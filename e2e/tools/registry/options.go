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

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem" // the driver named in config
	"github.com/sirupsen/logrus"
)

// options is what the command line says.
type options struct {
	addr, root, cert, key string
	anonymous             bool
}

func parse(args []string) (*options, error) {
	var o options
	fs := flag.NewFlagSet("registry", flag.ContinueOnError)
	fs.StringVar(&o.addr, "addr", ":5000", "address to listen on")
	fs.StringVar(&o.root, "root", "/var/lib/registry", "folder that holds the images; made when missing")
	fs.StringVar(&o.cert, "cert", "", "TLS certificate chain, PEM; plain HTTP without it")
	fs.StringVar(&o.key, "key", "", "TLS private key, PEM")
	fs.BoolVar(&o.anonymous, "anonymous", false, "let anybody pull, push and delete; there is no other rule, and so it has to be said")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	return &o, o.validate()
}

// validate refuses what would leave the registry more open than meant.
func (o *options) validate() error {
	switch {
	case !o.anonymous:
		return errors.New("access rules: anybody may do anything here; say so with --anonymous")
	case (o.cert == "") != (o.key == ""):
		return errors.New("serving TLS: --cert and --key go together")
	}
	return nil
}

// handler is the registry itself.
func (o *options) handler(ctx context.Context) (http.Handler, error) {
	logrus.SetLevel(logrus.WarnLevel)
	if err := os.MkdirAll(o.root, 0o750); err != nil {
		return nil, fmt.Errorf("making the storage folder: %w", err)
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
	return c
}
