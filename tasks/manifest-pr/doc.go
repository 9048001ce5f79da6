// SPDX-License-Identifier: Apache-2.0

// Package manifestpr makes the manifests of built services name their new
// images, by one pull request per service, per run or for all.
//
// For each service it asks the registry whether the commit's tag is there. The
// gate put it there, so the registry's answer, not another step's, decides: a service
// without its tag is held back and named, which is no failure; a registry that
// cannot be asked is one. Then package propose edits the manifests on the forge and
// keeps the pull request. What became of one service does not stop the others.
//
// Names, images and manifest folders of the services come from adze.yaml at the
// commit, read through the forge's API, and from flags.
package manifestpr
