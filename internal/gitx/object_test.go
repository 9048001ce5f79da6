// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"testing"
)

func FuzzParseTree(f *testing.F) {
	f.Add("100644 a\x0001234567890123456789")
	f.Add("40000 a b\x0001234567890123456789160000 s\x0001234567890123456789")
	f.Fuzz(func(t *testing.T, data string) {
		entries, err := parseTree(data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("%v is no ErrCorrupt", err)
			}
			return
		}
		for _, e := range entries {
			if e.Name == "" || strings.ContainsAny(e.Name, "/\x00") {
				t.Errorf("name %q", e.Name)
			}
		}
	})
}

func FuzzParseCommit(f *testing.F) {
	f.Add("tree 0123456789012345678901234567890123456789\nparent 0123456789012345678901234567890123456789\ncommitter a <b> 1 +0000\n\nx")
	f.Fuzz(func(t *testing.T, data string) {
		if c, err := parseCommit(ID{}, data); err == nil && c.Tree.IsZero() {
			t.Error("a commit without a tree")
		}
	})
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte("000dpackfile\n0009\x01PACK0000"))
	f.Add([]byte("001e# service=git-upload-pack\n0000000eversion 2\n0000"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for version := range 3 {
			r := &remote{said: &advert{version: version}}
			if err := r.readPack(bufio.NewReader(bytes.NewReader(data)), newStore()); err == nil && !bytes.Contains(data, []byte("PACK")) {
				t.Error("a pack out of nothing")
			}
		}
		if said, err := readAdvert(bufio.NewReader(bytes.NewReader(data))); err == nil && said == nil {
			t.Error("neither an advert nor an error")
		}
		lines, err := readLines(bufio.NewReader(bytes.NewReader(data)))
		if err == nil {
			_, err = parseRefs(lines)
		}
		if err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}

func TestModesAreComparedAsGitDoes(t *testing.T) {
	for in, want := range map[string]Mode{"100644": File, "100664": File, "100755": Exec, "100775": Exec, "40000": Dir, "040000": Dir, "120000": Symlink, "160000": Gitlink} {
		if got, err := parseMode(in); err != nil || got != want {
			t.Errorf("%s: got %o, %v, want %o", in, got, err, want)
		}
	}
}

// tree writes a tree object of "mode name" words.
func tree(entries ...string) string {
	return strings.Join(entries, "\x0001234567890123456789") + "\x0001234567890123456789"
}

func TestCorruptTreesAreRefused(t *testing.T) {
	for _, good := range []string{"", tree("100644 a", "100644 a.b", "40000 a.c", "40000 b", "100644 b0"), tree("40000 a", "100644 a0")} {
		if _, err := parseTree(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for name, bad := range map[string]string{
		"a name twice": tree("100644 a", "100644 a"), "a file and a folder": tree("100644 a", "100644 a.b", "40000 a"),
		"no order": tree("100644 b", "100644 a"), "a folder's order": tree("40000 a", "100644 a."),
		"no type": tree("644 a"), "another type": tree("20000 a"), "no octal": tree("10064x a"), "a huge mode": tree("7777777777777 a"),
		"no name": tree("100644 "), "a way up": tree("40000 .."), "itself": tree("40000 ."), "a slash": tree("100644 a/b"),
		"cut off": tree("100644 a")[:20], "no end": "100644 a",
	} {
		if got, err := parseTree(bad); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestOnlyTheFirstHeadersNameParents(t *testing.T) {
	const id = "0123456789012345678901234567890123456789"
	c, err := parseCommit(ID{}, "tree "+id+"\nparent "+id+"\nauthor a <a> 1 +0000\ncommitter c <c> 7 +0000\nparent "+id+"\ngpgsig x\n parent "+id+"\n\nparent "+id+"\n")
	if err != nil || len(c.Parents) != 1 || c.When != 7 {
		t.Errorf("got %+v, %v", c, err)
	}
	for _, bad := range []string{"", "author a\n", "parent " + id + "\ntree " + id, "tree 12\n", "tree " + id + "\nparent 12\n"} {
		if c, err := parseCommit(ID{}, bad); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%q: got %+v, %v", bad, c, err)
		}
	}
}
