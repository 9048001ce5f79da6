// SPDX-License-Identifier: Apache-2.0

// Package nodefile replaces a file below a node's /etc so that no reader sees
// half of it and no crash leaves half of it.
//
// Where it can, it writes a new file beside the old one and renames it over:
// the name then means the old text or the new, and mode, owner and labels are
// carried over. A file that is a mount point cannot be renamed over (EBUSY;
// Docker mounts /etc/resolv.conf and /etc/hosts so, hence every kind node has
// it), and one with several hard links should not be. Those are overwritten in
// place, with a journal in /etc meanwhile; [File.Recover] undoes from it what a
// crash left half-done.
//
// A symbolic link stays: its target is replaced. Links are followed as the node
// follows them, although its /etc is mounted elsewhere.
package nodefile
