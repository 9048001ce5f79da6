// SPDX-License-Identifier: Apache-2.0

// Package nodefile replaces a file below a node's /etc so that no reader sees
// half of it and no crash leaves half of it.
//
// Where it can, it writes a new file beside the old one and exchanges the two:
// the name then means the old text or the new, and mode, owner and labels are
// carried over. What others wrote in that very moment is put back. A file that is
// a mount point cannot be renamed over (EBUSY; Docker mounts /etc/resolv.conf and
// /etc/hosts so, hence every kind node has it), and one with several hard links
// should not be. Those are overwritten in place.
//
// A file that was not there can be made, with the folders that it needs, and is
// removed with them again.
//
// While a write goes on, and while a file that was made is there, a journal in
// /etc tells of it; [Etc.Recover] undoes from it what a crash left half-done.
//
// A symbolic link stays: its target is replaced. Links are followed as the node
// follows them, although its /etc is mounted elsewhere.
package nodefile
