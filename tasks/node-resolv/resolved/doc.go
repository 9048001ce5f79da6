// SPDX-License-Identifier: Apache-2.0

// Package resolved writes the drop-in by which systemd-resolved asks cluster DNS
// for the cluster's names:
//
//	[Resolve]
//	DNS=10.96.0.10
//	Domains=~cluster.local
//
// The file is wholly ours and says so in its first line; see package sealed.
//
// What systemd-resolved makes of it, resolved.conf(5) and systemd-resolved.service(8):
// the servers are global ones. Names below the domain are asked of them alone.
// Other names are asked of the links' servers as before and, since the global
// scope counts as a default route, of these as well, at the same time; the first
// that has the name is taken, so others resolve while cluster DNS is silent. Global
// servers also stand first in /run/systemd/resolve/resolv.conf: a kubelet that
// gives that file to pods would make CoreDNS forward to itself.
package resolved
