// SPDX-License-Identifier: Apache-2.0

// Command cluster brings local clusters up and down.
//
//	cluster up [--name NAME] [--nodes N] [--bare]   bring one up, with Tekton, registry and forge on it
//	cluster down [--name NAME | --all]              remove it and all that was started for it
//	cluster status                                  say which are there and how they are
//	cluster kubeconfig [--name NAME]                print the path of its kubeconfig
//	cluster kubectl [--name NAME] -- ARG…           run kubectl on it
//	cluster docker -- ARG…                          run docker on the daemon that clusters use
//
// NAME is ADZE_CLUSTER_NAME, or else "adze".
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
