// SPDX-License-Identifier: Apache-2.0

// Package hosts edits the text of a hosts(5) file.
//
// What is ours is one line for each address, that says so in a comment at its end:
//
//	10.96.7.7 registry.infra.svc.cluster.local registry.infra.svc registry.infra # adze node-resolv owns this line
//
// Our lines stand together behind the last whole line of the others, so that
// what an administrator says of a name comes first. Nothing else is touched:
// taking them out again gives back the other text byte for byte, whatever it holds.
package hosts
