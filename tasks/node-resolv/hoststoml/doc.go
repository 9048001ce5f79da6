// SPDX-License-Identifier: Apache-2.0

// Package hoststoml writes the files by which containerd is told where a
// registry is and whom its certificate may be signed by:
//
//	/etc/containerd/certs.d/registry.infra.svc.cluster.local/hosts.toml
//	/etc/containerd/certs.d/registry.infra.svc.cluster.local/adze-ca.crt
//
// Both are wholly ours and say so in their first line; see package sealed. A
// file that others wrote, or edited since, is theirs and stays.
//
// containerd reads them at each pull, without a restart, where its registry
// config_path names the folder certs.d; [Roots] tells. While a hosts.toml names
// a CA file that is not there no pull works: the CA comes first and goes last.
// https://github.com/containerd/containerd/blob/main/docs/hosts.md
//
// containerd checks a certificate against the host of the URL that it asks, and
// cannot be told another name. A certificate that names the Service is therefore
// reached by a URL that names the Service, not by one with its IP address.
package hoststoml
