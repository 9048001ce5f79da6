// SPDX-License-Identifier: Apache-2.0

// Package kindcluster brings a local Kubernetes cluster up and down, with kind.
//
// Beside the cluster, on the same Docker network, runs one registry for all
// clusters of the machine: localhost:5001 for the host and for the nodes. The
// nodes also know how to pull from registry-harbor-core.infra.svc.cluster.local,
// trusting a CA made for the cluster, once they can resolve that name.
//
//	c, err := kindcluster.Up(ctx, kindcluster.Options{Name: "adze", Progress: os.Stderr})
//	out, err := c.Kubectl("get", "nodes").Output(ctx)
//
// The node image is kindest/node where a container registry is in reach, and is
// made on the spot elsewhere; ADZE_NODE_IMAGE names another. With
// ADZE_CLUSTER=existing, Up takes the cluster of KUBECONFIG and the registry of
// ADZE_REGISTRY instead.
//
// What belongs to a cluster lies in ${XDG_CACHE_HOME:-~/.cache}/adze/clusters/NAME/:
//
//	kubeconfig      how to reach it
//	ca.crt, ca.key  its CA
//	resolv.conf     what the kubelet gives to pods with dnsPolicy Default
//	certs.d/        how containerd reaches the registries
//	ready           written when the cluster was complete
//
// The nodes mount that folder, so another home finds it through them. Up can be
// repeated: a healthy cluster is left as it is, one that was killed half-way is
// removed and made anew.
package kindcluster
