// SPDX-License-Identifier: Apache-2.0

// Server runs the stand-in for Harbor as a program: on the address in
// HARBOR_LISTEN (:8080), by TLS with the files HARBOR_CERTIFICATE and HARBOR_KEY
// where those are given, before the registry at HARBOR_REGISTRY (one in memory),
// with the password in HARBOR_PASSWORD (Harbor12345). Images are scanned by
// trivy with its folder HARBOR_TRIVY_CACHE and the database at HARBOR_TRIVY_DB,
// which reaches the server at HARBOR_URL; without the folder nothing is found in
// any image. SIGTERM stops it.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/adze-ci/adze/e2e/harbor"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := harbor.ListenAndServe(ctx, harbor.Settings{
		Listen: os.Getenv("HARBOR_LISTEN"), Certificate: os.Getenv("HARBOR_CERTIFICATE"), Key: os.Getenv("HARBOR_KEY"), Registry: os.Getenv("HARBOR_REGISTRY"), URL: os.Getenv("HARBOR_URL"),
		Password: os.Getenv("HARBOR_PASSWORD"), Cache: os.Getenv("HARBOR_TRIVY_CACHE"), Database: os.Getenv("HARBOR_TRIVY_DB"),
	})
	if err != nil {
		slog.Error("serving the stand-in for Harbor", "error", err)
		os.Exit(1) //nolint:gocritic // stop has nothing left to do
	}
}
