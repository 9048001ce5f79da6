// SPDX-License-Identifier: Apache-2.0

// Package propose keeps one pull request per service in a repository of
// manifests, through GitHub's API and without a clone.
//
// A service's proposal lives on the branch adze/SERVICE. Its commit says in
// trailers what it proposes, and title and body of the pull request follow from the
// commit's message alone, so that whoever reads the branch can repair the rest.
//
// Any number of runs may race. The branch is moved only if it is still at the
// commit that was read (the mutation updateRefs; where there is no GraphQL, a
// fast-forward onto a commit that descends from that one). Whoever comes second reads
// everything again and applies the edit anew. A run steps aside when what is proposed, or
// merged already, is newer than its own commit. A branch with commits of others is left alone.
//
// Requests for one service whose pull request is opened: three reads (base,
// tree, branch) and one per folder level and manifest, one list of pull requests,
// three writes (tree, commit, ref), the pull request, and one read that confirms the
// branch. An update needs two comparisons more, and once per run the repository's id.
package propose
