// SPDX-License-Identifier: Apache-2.0

// Package deployed finds, for each service, the commits that are deployed now:
// those that its manifests name.
//
// Manifests are read from a repository without a clone: the trees of their
// folders, a level per request, then all of them in one. A reference to the
// service's image tells the commit by its tag, when that is a full commit id, or
// else by the label org.opencontainers.image.revision of the image in the
// registry. Several references of one service give several commits.
//
// What cannot be known is said of the one service that it concerns: no manifest
// names it, the file that does is no YAML, its tag tells nothing, its commit is
// gone. Whoever asks takes the safe side there.
package deployed
