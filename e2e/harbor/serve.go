// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Settings are those of the program, as the environment has them.
type Settings struct {
	// Listen is the address to listen on, :8080 if empty.
	Listen string
	// Certificate and Key are files in PEM; plain HTTP without them.
	Certificate, Key string
	// Registry is the address of the registry behind; one in memory if empty.
	Registry string
	// URL is where scanners reach the server, Password the administrator's.
	URL, Password string
	// Cache is Trivy's folder, Database the reference of its database; without a
	// cache nothing is ever found.
	Cache, Database string
}

// ListenAndServe runs a server until ctx ends, then lets the requests under way
// finish.
func ListenAndServe(ctx context.Context, set Settings) error {
	o := Options{URL: set.URL, Password: set.Password}
	if set.Registry != "" {
		address, err := url.Parse(set.Registry)
		if err != nil {
			return fmt.Errorf("reading HARBOR_REGISTRY: %w", err)
		}
		o.Registry = Proxy(address)
	}
	if set.Cache != "" {
		o.Scanner = &Trivy{Cache: set.Cache, Database: set.Database}
	}
	s, err := New(o)
	if err != nil {
		return err
	}
	if set.Listen == "" {
		set.Listen = ":8080"
	}
	server := &http.Server{Addr: set.Listen, Handler: s, ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() {
		if set.Certificate != "" {
			failed <- server.ListenAndServeTLS(set.Certificate, set.Key)
			return
		}
		failed <- server.ListenAndServe()
	}()
	slog.Info("harbor is serving", "address", set.Listen, "tls", set.Certificate != "", "registry", set.Registry, "trivy", set.Cache != "")
	select {
	case err := <-failed:
		return fmt.Errorf("serving on %s: %w", set.Listen, err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}
