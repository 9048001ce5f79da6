// SPDX-License-Identifier: Apache-2.0

// Command registry serves a container registry from a folder, by distribution's
// own handlers.
//
// Anybody may do anything there, which suits a registry that listens on loopback
// beside a cluster, or behind one that asks who is there.
//
// SIGTERM lets requests under way finish, then the process ends with 0.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// drain is how long requests under way may take after SIGTERM.
const drain = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		slog.Error(err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	handler, err := o.handler(ctx)
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", o.addr, err)
	}
	slog.Info("serving", "addr", ln.Addr().String(), "root", o.root, "tls", o.cert != "")
	return o.serve(ctx, ln, handler)
}

// serve answers on ln until ctx ends.
func (o *options) serve(ctx context.Context, ln net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	done := make(chan error, 1)
	go func() {
		if o.cert != "" {
			done <- server.ServeTLS(ln, o.cert, o.key)
			return
		}
		done <- server.Serve(ln)
	}()
	select {
	case err := <-done:
		return fmt.Errorf("serving on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	return server.Shutdown(grace)
}
