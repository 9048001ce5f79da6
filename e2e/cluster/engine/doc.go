// SPDX-License-Identifier: Apache-2.0

// Package engine finds the Docker daemon that clusters run on, or starts one.
//
// A daemon that answers is used as it is, and never stopped: the one that
// DOCKER_HOST or docker's current context names. Where none answers and the
// caller is root on Debian, docker.io is installed and a daemon of adze's own
// started, at one place for the whole machine, so that every checkout and every
// home finds the same:
//
//	/var/lib/adze/docker       its data
//	/var/lib/adze/dockerd.log  its log
//	/run/adze/docker.sock      its socket
//
// It runs with live-restore: containers survive when it is killed, and the next
// Ensure starts it again under them. Elsewhere everything that is missing is
// listed at once, each with the command that installs it.
//
// A privileged container asks for every capability there is. Where root itself
// lacks some, the daemon gets bounded-runc as its runtime, which leaves those out.
package engine
