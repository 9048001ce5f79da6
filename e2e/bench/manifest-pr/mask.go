// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/manifest"
)

// another is an image that stands nowhere in the corpus, so that every tag and
// digest of the wanted one would change.
var another = manifest.Want{Service: wanted.Service, Image: manifest.Image{Repository: repository, Tag: "masked", Digest: "sha256:" + strings.Repeat("cd", 32)}}

// mask stands where a value stood.
const mask = "\x00"

// masked replaces every value that names the image by one and the same byte, and
// counts them.
func masked(name string, content []byte) ([]byte, int, error) {
	res, err := manifest.Open(name, content).Set(another)
	if err != nil {
		return nil, 0, err
	}
	changes := res.Changes
	for i, c := range changes {
		blank := c.Text[:len(c.Text)-len(strings.TrimLeft(c.Text, " "))] // what a value needs where none stood
		changes[i].Text = blank + mask
	}
	for _, p := range res.Places {
		if p.Old == p.New { // a repository alone, which a marker tells
			changes = append(changes, still(content, p))
		}
	}
	slices.SortFunc(changes, func(a, b manifest.Change) int { return cmp.Compare(a.Start, b.Start) })
	return manifest.Splice(content, changes), res.Named, nil
}

// still masks a value that is right already, with its quotes.
func still(content []byte, p manifest.Place) manifest.Change {
	at := 0
	for range p.Line - 1 {
		at += bytes.IndexByte(content[at:], '\n') + 1
	}
	at += bytes.Index(content[at:], []byte(p.Old))
	end := at + len(p.Old)
	if at > 0 && bytes.IndexByte([]byte(`"'`), content[at-1]) >= 0 {
		at, end = at-1, end+1
	}
	return manifest.Change{Place: p, Start: at, End: end, Text: mask}
}
