// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/adze-ci/adze/e2e/tools"
)

var errUsage = errors.New("usage: build TOOL[/PROGRAM] [-- ARG...]")

func command(args []string) error {
	if len(args) == 0 || len(args) > 1 && args[1] != "--" {
		return errUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	name, program, _ := strings.Cut(args[0], "/")
	dir, err := tools.Build(ctx, name)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		fmt.Println(dir)
		return nil
	}
	path, err := choose(dir, program)
	if err != nil {
		return err
	}
	stop() // the program takes this process's place, signals included
	return syscall.Exec(path, append([]string{path}, args[2:]...), os.Environ())
}

// choose finds the program to run among those of a tool.
func choose(dir, program string) (string, error) {
	if program != "" {
		return filepath.Join(dir, program), nil
	}
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return "", err
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return "", fmt.Errorf("%w\nhint: the tool has several programs: %s", errUsage, strings.Join(all, " "))
}
