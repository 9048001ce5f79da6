// SPDX-License-Identifier: Apache-2.0

// Package gitx reads single objects of a git repository, without a clone.
//
// A Repo takes objects from a local repository (never writing to it), from a
// server over smart HTTP or SSH, or from the first and what it lacks from the
// second. From a server it asks by object id under a filter (git protocol
// version 2, gitprotocol-v2(5)): commits alone, the trees of one level in one
// request, and just the wanted blobs. So the cost of comparing two commits
// follows what differs between them.
//
// A server that cannot do that is taken as it is: one that refuses or ignores
// filters, that gives no trees by their ids, or that speaks only protocol version
// 0 sends more than was asked for, which is said in the log, and no more than once.
// The answers stay the same.
//
// Answers are read as they come. Each object is kept under the hash of what came,
// so nothing passes for another; an answer that breaks off or was damaged is asked
// for again, and fails in the end. The sizes of objects, answers and of all that is
// held are limited.
//
// Repositories with SHA-1 object ids are read; others are refused by name.
package gitx
