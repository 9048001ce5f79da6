// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"strings"
)

// edits lists the files with capabilities that a runc command line names:
// config.json in the bundle of create and run, and the process of exec.
func edits(args []string) []string {
	var files []string
	for i, arg := range args {
		flag, value, joined := strings.Cut(arg, "=")
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		switch flag {
		case "--bundle", "-bundle", "-b":
			files = append(files, filepath.Join(value, "config.json"))
		case "--process", "-process", "-p":
			files = append(files, value)
		}
	}
	return files
}
