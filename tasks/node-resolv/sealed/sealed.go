// SPDX-License-Identifier: Apache-2.0

// Package sealed marks a text file that is wholly ours, so that it can be told
// from one that others wrote, and from ours after others edited it:
//
//	# adze node-resolv wrote this file and takes it away again (sha256:5891b5b5…)
//	server = "https://registry.infra.svc.cluster.local"
//
// The first line is a comment in TOML, in systemd's files and in front of PEM
// certificates. It carries the digest of all that follows it.
package sealed

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// The parts of the first line around the digest.
const (
	head = "# adze node-resolv wrote this file and takes it away again (sha256:"
	tail = ")\n"
)

// Seal puts the first line before a text.
func Seal(body []byte) []byte {
	return fmt.Appendf(nil, "%s%x%s%s", head, sha256.Sum256(body), tail, body)
}

// Open takes the first line off again. It is not ok where the text is not
// ours, or not any more: then all of it belongs to others.
func Open(text []byte) (body []byte, ok bool) {
	rest, ok := bytes.CutPrefix(text, []byte(head))
	if !ok {
		return nil, false
	}
	_, body, ok = bytes.Cut(rest, []byte(tail))
	if !ok || !bytes.Equal(Seal(body), text) {
		return nil, false
	}
	return body, true
}

// Edited tells whether a text was ours until someone edited it.
func Edited(text []byte) bool {
	_, ok := Open(text)
	return !ok && bytes.HasPrefix(text, []byte(head))
}
