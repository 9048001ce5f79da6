// SPDX-License-Identifier: Apache-2.0

// Command registry serves a container registry from a folder: distribution's
// own handlers behind the access rules that a Harbor registry has.
//
// With --htpasswd, /v2/ answers 401 with a Basic challenge to whoever brings no
// credentials, the repositories of one public project can be pulled by anybody,
// and everything else needs a user of the file. With --anonymous anybody may do
// anything, which suits a registry that listens on loopback beside a cluster.
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
	slog.Info("serving", "addr", ln.Addr().String(), "root", o.root, "tls", o.cert != "", "anonymous", o.anonymous)
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
