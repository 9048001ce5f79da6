// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// Tag is an annotated tag object taken apart.
type Tag struct {
	SHA, Name, Message string
	// Object and Kind are what the tag points to.
	Object, Kind string
	Tagger       Person
}

// ReadTag reads an annotated tag; ErrNotFound when sha is none.
func (r *Repo) ReadTag(ctx context.Context, sha string) (Tag, error) {
	o, err := r.Read(ctx, sha)
	if err != nil {
		return Tag{}, err
	}
	if o.Kind != "tag" {
		return Tag{}, fmt.Errorf("object %s is a %s, not a tag: %w", sha, o.Kind, ErrNotFound)
	}
	head, message, _ := bytes.Cut(o.Data, []byte("\n\n"))
	t := Tag{SHA: sha, Message: string(message)}
	for _, line := range strings.Split(string(head), "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "object":
			t.Object = value
		case "type":
			t.Kind = value
		case "tag":
			t.Name = value
		case "tagger":
			t.Tagger = parsePerson(value)
		}
	}
	return t, nil
}

// WriteTag stores t (its SHA is ignored) and returns its id. No ref is made.
func (r *Repo) WriteTag(ctx context.Context, t Tag) (string, error) {
	data := fmt.Sprintf("object %s\ntype %s\ntag %s\ntagger %s\n\n%s", t.Object, t.Kind, t.Name, t.Tagger.header(), t.Message)
	return r.Write(ctx, "tag", []byte(data))
}
