// SPDX-License-Identifier: Apache-2.0

// Package harbor is a stand-in for Harbor: a container registry with Harbor's
// API in front of it, as much of both as adze and its tests use. Its answers are
// those of Harbor 2.15.
//
// New returns an http.Handler:
//
//	h, err := harbor.New(harbor.Options{})
//	server := httptest.NewServer(h)
//
// The API is at /api/v2.0, the registry at /v2/, tokens for it at
// /service/token. What the server does not implement answers 501 and names the
// route.
//
// Behind it stands another registry, which holds blobs and manifests by digest;
// tags, projects, robot accounts, scans and rules are kept here, in memory, as
// Harbor keeps them in its database. Who looks for vulnerabilities is a
// [Scanner]: a [Script] in tests.
//
// Faults, the log of requests and what no client of Harbor can do are at the
// methods of Server, and at /_harbor/ for a client in another process; README.md
// lists them.
package harbor
