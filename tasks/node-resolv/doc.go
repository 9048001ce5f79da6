// SPDX-License-Identifier: Apache-2.0

// Package noderesolv is node-resolv: it makes a node resolve in-cluster names,
// so that the node's container runtime can pull from a registry that is a Service
// of the cluster.
//
// It runs on every node. What it changes there is a [mode]: the addresses of named
// Services in /etc/hosts (hosts), containerd's hosts.toml files on top of that
// (hosts-toml), a drop-in for systemd-resolved (resolved), or cluster DNS as the
// first nameserver of /etc/resolv.conf (resolv-conf). Auto takes the least invasive
// that works.
//
// A mode says what share of which files should be its own; the agent keeps them so.
// What is ours is marked and all else stays as it is. The agent follows the
// Services and edits of the files by others, takes nameservers out that stop
// answering, and everything when it ends.
//
// Before a nameserver is written it makes sure that CoreDNS would not forward to
// itself (see package preflight), and that the nameserver answers. When it must
// not write it says so, in its log, its readiness and an Event of the node, and
// looks again later; it does not end.
package noderesolv
