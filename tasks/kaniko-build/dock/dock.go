// SPDX-License-Identifier: Apache-2.0

// Package dock is a registry for one build, on the loopback interface. The
// build's executor pushes its image there, needs no credentials for it, and
// leaves out what a registry need not be given: the dock says that it has the
// layers that the target's registry can take from a base image, so they are
// neither read nor written. The rest becomes an OCI layout, which lacks those
// layers. The executor's cache of layers goes through the dock as well: it reads
// what earlier builds left in a registry, and writes to a folder beside the layout.
//
// The layout:
// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
//
// RUN lines share the container with the executor, are root there, and can reach the
// dock. They gain little: they can spoil the image that they build and what it leaves
// for later builds, and can read what earlier builds left under a key that they know.
// They can neither name another registry nor reach what lies outside of the folder.
// An image of their own beside the executor's ends the build. One in place of the
// executor's, by whoever takes the executor over, is no more than another Dockerfile
// would have made of it.
//
// The protocol is https://github.com/opencontainers/distribution-spec.
package dock

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Options say what a dock takes and where it leaves it.
type Options struct {
	// Layout is the folder that gets the image.
	Layout string
	// Known are layers that the executor need not bring, by digest, with their bytes.
	Known map[v1.Hash]int64
	// Cache is what earlier builds kept; nil for a build without a cache.
	Cache Upstream
	// Log is told what was refused.
	Log *slog.Logger
}

// Dock is a registry that runs until it is closed.
type Dock struct {
	log      *slog.Logger
	listener net.Listener
	server   *http.Server
	image    *image
	cache    *cache // nil for none
	uploads  uploads
	// repositories are both, by their names.
	repositories map[string]repository
	served       sync.WaitGroup
	closing      sync.Once
	closed       error
}

// Open makes the layout's folder and begins to serve.
func Open(ctx context.Context, o Options) (*Dock, error) {
	blobs, err := openStore(o.Layout)
	if err != nil {
		return nil, fmt.Errorf("making the layout %s: %w", o.Layout, err)
	}
	d := &Dock{log: o.Log, image: &image{store: blobs, known: o.Known}}
	d.repositories = map[string]repository{"image": d.image}
	if o.Cache != nil {
		if d.cache, err = openCache(o.Layout+CacheSuffix, o.Cache); err != nil {
			return nil, errors.Join(fmt.Errorf("making room for layers that later builds may take: %w", err), blobs.close())
		}
		d.repositories["cache"] = d.cache
	}
	if d.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(fmt.Errorf("listening for the executor's push: %w", err), d.release())
	}
	d.server = &http.Server{Handler: d.routes(), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(discard{}, "", 0)}
	d.served.Go(func() { _ = d.server.Serve(d.listener) }) // ends with ErrServerClosed
	return d, nil
}

// discard drops what net/http says of connections that were cut.
type discard struct{}

// Write drops it.
func (discard) Write(p []byte) (int, error) { return len(p), nil }

// Address is the dock's HOST:PORT.
func (d *Dock) Address() string { return d.listener.Addr().String() }

// Destination is the reference that the executor is to push to.
func (d *Dock) Destination() string { return d.Address() + "/image:build" }

// Close stops serving and drops uploads that were not finished. What came stays, and
// the layout tells of it and nothing else, whatever was written there meanwhile. It
// may be called more than once.
func (d *Dock) Close() error {
	d.closing.Do(func() {
		err := d.server.Close()
		d.served.Wait()
		d.closed = errors.Join(err, d.release())
	})
	return d.closed
}

// release gives the folders back.
func (d *Dock) release() error {
	err := errors.Join(d.uploads.drop(), d.image.done())
	if d.cache != nil {
		err = errors.Join(err, d.cache.done())
	}
	return err
}

// CacheRepository is where the executor shall keep layers; empty for nowhere.
func (d *Dock) CacheRepository() string {
	if d.cache == nil {
		return ""
	}
	return d.Address() + "/cache"
}
