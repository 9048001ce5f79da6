// SPDX-License-Identifier: Apache-2.0

// Package noderesolv is node-resolv: it makes a node resolve in-cluster names,
// so that the node's container runtime can pull from a registry that is a Service
// of the cluster.
//
// It runs on every node and keeps the cluster's DNS Service as the first
// nameserver of the node's /etc/resolv.conf, with the old nameservers behind it.
// The lines are marked as its own and all others stay as they are. It follows the
// Service's address and edits of the file by others, takes its lines out when the
// nameserver stops answering, and when it ends.
//
// Before it writes it makes sure that CoreDNS would not forward to itself (see
// package preflight), and that the nameserver answers. When it must not write
// it says so, in its log, its readiness and an Event of the node, and looks again
// later; it does not end.
package noderesolv
