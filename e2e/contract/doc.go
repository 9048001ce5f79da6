// SPDX-License-Identifier: Apache-2.0

// Package contract holds the GitHub stand-in in e2e/forge to what GitHub
// publishes: every answer of every route to the OpenAPI description of its REST
// API, every GraphQL answer to its GraphQL schema, every event to the schemas of
// its webhooks. All come as npm packages, which make contract installs at the
// versions in package-lock.json.
//
// The tests call each route so that it succeeds and so that it refuses. An answer
// is wrong when its operation or its status is not described, when its body does
// not fit the schema, or when it has fields that the schema does not know. A
// route that no test calls with success fails the tests too.
//
// The tests carry the build tag contract.
package contract
