// SPDX-License-Identifier: Apache-2.0

// Package monorepo reads adze.yaml and knows what a repository's services are
// made of.
//
// Parse reads the file strictly: an unknown key is an error with its place and
// the key that was probably meant. Config.Resolve finds the services in a
// repository's tree. Scan reads what each of them depends on, by the readers
// that derive names: what Dockerfiles copy and begin with, Go modules and
// packages, Node packages, and symlinks, beside declared inputs and dependsOn.
// Graph.Affected tells which services a set of changed paths touches, and by
// which edges; Graph.Owners which of them a path belongs to.
//
// Whatever can be read in two ways is read so that more is affected. A file that
// cannot be understood is a Fault.
//
// All paths are slash-separated and relative to the repository's root, which
// is ".". Patterns are those of .gitignore, read from top to bottom: a pattern
// that matches a folder matches all below it, the last match wins, and "!"
// takes away.
package monorepo
