// SPDX-License-Identifier: Apache-2.0

// Package preflight finds out whether putting cluster DNS into a node's
// resolv.conf would make CoreDNS forward to itself.
//
// By default it would: CoreDNS forwards what it does not know to the servers in
// its own /etc/resolv.conf, its dnsPolicy is Default, so the kubelet gives it a
// copy of the node's file. At CoreDNS's next start that file names CoreDNS, and
// its loop plugin halts it: https://coredns.io/plugins/loop/#troubleshooting
//
// It is safe where the kubelet gives pods another file (`resolvConf` in its
// configuration), or where CoreDNS forwards to fixed addresses. What cannot be
// found out counts as unsafe.
package preflight
