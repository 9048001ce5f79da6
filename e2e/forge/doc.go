// SPDX-License-Identifier: Apache-2.0

// Package forge is a stand-in for GitHub: a server over real bare Git
// repositories that speaks as much of GitHub's REST and GraphQL APIs, its
// webhooks and its Git transport as adze and its tests use.
//
// New returns an http.Handler over a folder of bare repositories:
//
//	f, err := forge.New(forge.Options{Root: t.TempDir()})
//	server := httptest.NewServer(f)
//
// The REST API is served under /api/v3 (as GitHub Enterprise Server does) and at
// the root alike; GraphQL at /api/graphql and /graphql; Git at
// /OWNER/NAME.git, by git's own http-backend. What the server does not implement
// answers 501 and names the route.
//
// Users, tokens, Apps, repositories, faults and the log of requests are at the
// methods of Server, and at /_forge/ for a client in another process; README.md
// lists both. All of it but the repositories themselves lives in memory.
//
// Answers and events are held to GitHub's published description by the tests in
// e2e/contract.
package forge
