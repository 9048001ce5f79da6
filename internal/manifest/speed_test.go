// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// onOneLine is a list of JSON without a line break, with so many images.
func onOneLine(images int) []byte {
	return []byte(`{"items":[` + strings.Repeat(`{"image":"`+repository+`:old","name":"ü"},`, images) + `{}]}`)
}

// A place on a line is found from the place before it, not from the line's
// beginning: as many steps as the text has characters lead to all of them.
func TestOneWalkFindsAllPlacesOfALine(t *testing.T) {
	src := onOneLine(500)
	x := newLineIndex(src)
	for at := bytes.Index(src, []byte(repository)); at >= 0; {
		line, column := x.place(at)
		if line != 1 || column != 1+len([]rune(string(src[:at]))) {
			t.Fatalf("offset %d is at %d:%d", at, line, column)
		}
		if back, ok := x.offset(&yaml.Node{Line: line, Column: column}); !ok || back != at {
			t.Fatalf("%d:%d is offset %d, want %d", line, column, back, at)
		}
		next := bytes.Index(src[at+1:], []byte(repository))
		if next < 0 {
			break
		}
		at += 1 + next
	}
	if x.steps > len(src) {
		t.Errorf("%d steps in a text of %d bytes", x.steps, len(src))
	}
	if back, ok := x.offset(&yaml.Node{Line: 1, Column: 3}); !ok || back != 2 {
		t.Errorf("the place before is offset %d", back)
	}
}

// What is read and written grows with a file, and not faster.
func TestWorkGrowsWithTheFile(t *testing.T) {
	work := func(images int) float64 {
		src := onOneLine(images)
		return testing.AllocsPerRun(3, func() {
			if res := set(t, src, Want{"admin", image}); res.Named != images {
				t.Fatal(res.Named)
			}
		})
	}
	if few, many := work(200), work(2000); many > 11*few {
		t.Errorf("%v allocations for ten times of what took %v", many, few)
	}
}

// A file is parsed once to find its images and once to prove the edit, however
// many services it names: parsing takes most of what is allocated.
func TestAFileIsParsedTwiceAtMost(t *testing.T) {
	src := bytes.Join(manifests(40), []byte("---\n"))
	var wants []Want
	for i := range 10 {
		name := fmt.Sprintf("app-%d-web", 31+i)
		wants = append(wants, Want{name, Image{Repository: "reg.example:5000/library/" + name, Tag: "new"}})
	}
	once := testing.AllocsPerRun(3, func() {
		if _, err := parse("f.yaml", src); err != nil {
			t.Fatal(err)
		}
	})
	for _, several := range [][]Want{wants[:1], wants} {
		all := testing.AllocsPerRun(3, func() {
			if res := set(t, src, several...); len(res.Changes) == 0 {
				t.Fatal("nothing was set")
			}
		})
		if all < 2*once || all > 2.5*once {
			t.Errorf("%d services: %v allocations, where parsing takes %v", len(several), all, once)
		}
	}
}

// BenchmarkOneLine sets 2,000 images on one line of JSON.
func BenchmarkOneLine(b *testing.B) {
	src := onOneLine(2000)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		set(b, src, Want{"admin", image})
	}
}

// BenchmarkMany sets one image in each of 10,000 manifests.
func BenchmarkMany(b *testing.B) {
	files := manifests(10000)
	for i := range files {
		files[i] = bytes.Replace(files[i], []byte("ports:"), fmt.Appendf(nil, "ports: [] # %d\n        - image: %s:old\n          x:", i, repository), 1)
	}
	for b.Loop() {
		for _, src := range files {
			set(b, src, Want{"admin", image})
		}
	}
}
