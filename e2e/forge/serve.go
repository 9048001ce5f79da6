// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// ListenAndServe runs a server until ctx ends, then lets the requests under way
// finish. An empty address is :8080, an empty root /data.
func ListenAndServe(ctx context.Context, address string, o Options) error {
	address, o.Root = pick(address, ":8080"), pick(o.Root, "/data")
	s, err := New(o)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: address, Handler: s, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	slog.Info("forge is serving", "address", address, "root", o.Root)
	select {
	case err := <-failed:
		return fmt.Errorf("serving the forge on %s: %w", address, err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("stopping the forge: %w", err)
	}
	s.Wait()
	return nil
}
