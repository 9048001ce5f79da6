// SPDX-License-Identifier: Apache-2.0

// Package monorepochange tells which services of a monorepo are affected by
// what changed between two commits, or since each was deployed, and why.
//
// It fetches commits, the trees that differ, and the few files that say what
// services are made of: never the repository. The change is the net difference
// of two trees, so that several commits in one push, merges, renames and
// forced pushes all count for what they did. The base follows from the push, is
// named, or is for each service the commit that its manifests name, so that what
// one run lost the next one finds.
//
// Where it cannot be sure it takes the safe side and says so: with no base, a
// base that is gone, or a file that cannot be understood, every service is
// affected. An answer without services always means that none is.
//
// The subcommand fetch writes the files that one service is made of, graph tells
// what services are made of and depend on, lint what is probably not meant in
// adze.yaml and around it, and schema writes the JSON Schema of that file.
package monorepochange
