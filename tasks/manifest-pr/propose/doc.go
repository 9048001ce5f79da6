// SPDX-License-Identifier: Apache-2.0

// Package propose keeps one pull request per service in a repository of
// manifests, through GitHub's API and without a clone.
//
// A service's proposal lives on the branch adze/SERVICE. Its commit says in
// trailers what it proposes, and title and body of the pull request follow from the
// commit's message alone, so that whoever reads the branch can repair the rest.
//
// Any number of runs may race. The branch is only ever moved forward from the
// tip that was read (a commit on that tip, or a merge of it with the base), which
// the forge refuses when another run was faster; then everything is read again and
// the edit applied anew. A run steps aside when what is proposed, or merged already,
// is newer than its own commit. A branch with commits of other authors is left alone.
//
// Requests for one service whose pull request is opened: three reads (base,
// tree, branch) and one per folder level and manifest, one list of pull requests,
// three writes (tree, commit, ref), the pull request, and one read that confirms the
// branch. An update needs two comparisons more.
package propose
