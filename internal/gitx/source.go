// SPDX-License-Identifier: Apache-2.0

package gitx

import "context"

// source is where objects come from.
type source interface {
	// name is the source for messages, without secrets.
	name() string
	// refs lists the refs under some prefixes; HEAD is one.
	refs(ctx context.Context, prefixes []string) ([]Ref, error)
	// load puts wanted objects into the store, as many as it has; a
	// *MissingError says that it has not all of them.
	load(ctx context.Context, w want, into *store) error
}

// Ref is a name for an object.
type Ref struct {
	Name string
	// ID is what the name stands for; of an annotated tag, what that names.
	ID ID
	// Target is the ref that a symbolic ref points to.
	Target string
}

// want is a request for objects.
type want struct {
	ids []ID
	// filter leaves out what the ids do not name: "tree:0" all trees and
	// blobs, "blob:none" all blobs.
	filter string
	// depth is how many commits of history come along; 0 for no history where
	// the ids are trees or blobs, all of it where they are commits.
	depth int
	// have are commits of which all is there already.
	have []ID
}
