// SPDX-License-Identifier: Apache-2.0

// Package resolvconf edits the text of a resolv.conf(5) file.
//
// What is ours in the file is a nameserver line with a comment line above it
// that names the same address:
//
//	# adze node-resolv owns the next line: nameserver 10.96.0.10
//	nameserver 10.96.0.10
//
// The pair stands right before the first nameserver line of the others, so
// that resolvers ask it first. Nothing else is touched: taking the pair out
// again gives back the other text byte for byte, whatever it holds.
package resolvconf
