// SPDX-License-Identifier: Apache-2.0

// Package gitx reads single objects of a git repository, without a clone.
//
// A Repo takes objects from a local repository (never writing to it), from a
// server over smart HTTP, or from the first and what it lacks from the second.
// From a server it asks by object id under a filter (git protocol version 2,
// gitprotocol-v2(5)): commits alone, the trees of one level in one request,
// and just the wanted blobs. So the cost of comparing two commits follows what
// differs between them. A server that ignores filters sends more than was
// asked for, and the answers stay the same.
//
// Repositories with SHA-1 object ids are read; others are refused by name.
package gitx
