// SPDX-License-Identifier: Apache-2.0

// Package propose keeps one pull request per unit, which is a service or several, in
// a repository of manifests, through GitHub's API and without a clone.
//
// A unit's proposal lives on a branch, adze/SERVICE unless a template names it. Its commit
// says in trailers what it proposes and where that comes from, and title and text of the
// pull request follow from the commit's message alone, so that whoever reads the branch can
// repair the rest. Labels, people and the like are done once; a hidden mark in the text says so.
// What strangers wrote is shown so that the forge finds nothing in it to act on.
//
// Any number of runs may race. The branch is moved only if it is still at the
// commit that was read (the mutation updateRefs; where there is no GraphQL, a
// fast-forward onto a commit that descends from that one). Whoever comes second reads
// everything again and applies the edit anew. A run steps aside when what is proposed, or
// merged already, is newer than its own commit. A branch with commits of others is left alone.
// Of two commits that diverged the newer is the one that the source branch holds. A run
// whose commit cannot be read at its source cannot know, and writes nothing.
//
// The forge's refusals are sorted: what another run may have caused begins anew, what a
// copy of its data does not see yet is asked again, rate limits are waited for until the
// run's deadline, silence is no answer, and all else is final at once.
//
// Of a unit of several services each is weighed for itself: what the branch or the base
// has newer stays, and so does what the branch proposes for services of other runs.
// With a pull request for each run, a newer one takes its services out of the older ones: those are
// proposed again by the newer run, and give way to it as their own runs do.
//
// What a run that died left is repaired by the next one, of whatever commit. A pull request
// that the base or another one has overtaken is closed: first a comment says why, last the
// branch goes, if it still is where it was. What a person closed is not opened again.
//
// What a run costs is counted in the README of manifest-pr, and a test counts it again.
package propose
