// SPDX-License-Identifier: Apache-2.0

// Package nodes holds what node-resolv promises, as tests on a cluster of two
// nodes of its own: what they break, from the API server to the nodes' own
// files, no other scenario could do without. `make e2e` runs them beside the
// others; they wait more than they work.
//
// One node has its /etc as kind makes it, resolv.conf and hosts being mount
// points, the other as a machine has it, with plain files. Both start with the
// kubelet's default resolvConf.
//
// A cluster that is there already is used and left; its name is that of the
// scenarios' cluster with -nodes at its end.
package nodes
