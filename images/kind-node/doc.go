// SPDX-License-Identifier: Apache-2.0

// Package kindnode makes the image of a kind node without a container registry:
// a Debian root from the machine's own package sources, kind's own files from
// its Go module laid out as its Dockerfile does, Kubernetes' programs built from
// theirs, and the images that kubeadm starts, put into the root's containerd.
//
// It has to run as root, on Debian, with mmdebstrap, as it works in a chroot.
package kindnode
