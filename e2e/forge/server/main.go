// SPDX-License-Identifier: Apache-2.0

// Server runs the GitHub stand-in as a program: over the folder in FORGE_ROOT
// (/data), on the address in FORGE_LISTEN (:8080), reached at FORGE_URL
// (http://forge). SIGTERM stops it.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/adze-ci/adze/e2e/forge"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := forge.ListenAndServe(ctx, os.Getenv("FORGE_LISTEN"), forge.Options{Root: os.Getenv("FORGE_ROOT"), URL: os.Getenv("FORGE_URL")}); err != nil {
		slog.Error("serving the forge", "error", err)
		os.Exit(1) //nolint:gocritic // stop has nothing left to do
	}
}
