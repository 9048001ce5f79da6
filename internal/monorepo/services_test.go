// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"strings"
	"testing"
)

const threeListed = head + `services:
  list:
    - {name: a, path: ms/a, dependsOn: [b]}
    - {name: b, path: ms/b}
    - {name: c, path: ms/c, dockerfile: ../../build/Dockerfile}
`

// In a declared graph folders are looked into only when somebody asks.
func TestSettleLooksOnlyWhereAsked(t *testing.T) {
	c, err := Parse(FileName, []byte(threeListed+"derive: []\n"))
	if err != nil {
		t.Fatal(err)
	}
	tree := &counted{texts: texts{"ms/a/Dockerfile": "", "build/Dockerfile": ""}}
	s, err := c.Find(t.Context(), tree)
	if err != nil || show(s) != "a=ms/a b=ms/b c=ms/c" || tree.lists != 0 {
		t.Fatalf("%v, %s, %d folders listed", err, show(s), tree.lists)
	}
	for _, step := range []struct {
		ask, want string
		lists     int
	}{
		{"a", "a=ms/a b=ms/b c=ms/c", 1},
		{"a", "a=ms/a b=ms/b c=ms/c", 1},
		{"b nobody", "a=ms/a c=ms/c gone=[b]", 2},
		{"a b c", "a=ms/a c=ms/c gone=[b]", 3},
	} {
		if err := s.Settle(t.Context(), tree, strings.Fields(step.ask)); err != nil || show(s) != step.want || tree.lists != step.lists {
			t.Errorf("%s: %v, %s, %d times listed", step.ask, err, show(s), tree.lists)
		}
		_, there := s.Get("b")
		if there != strings.Contains(step.want, "b=") {
			t.Errorf("%s: b is there: %t", step.ask, there)
		}
	}
}

func TestFindSettlesWhatIsDerived(t *testing.T) {
	c, err := Parse(FileName, []byte(threeListed))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Find(t.Context(), texts{"ms/a/Dockerfile": ""})
	if err != nil || show(s) != "a=ms/a gone=[b c]" {
		t.Errorf("%v, %s", err, show(s))
	}
}

// What was the folder of a service that is gone counts for those that depend on
// it, whether it was looked for or not.
func TestAGoneServiceStillCountsForItsDependents(t *testing.T) {
	for _, derive := range []string{"", "derive: []\n"} {
		g := scanned(t, texts{FileName: threeListed + derive, "ms/a/Dockerfile": "FROM x\n", "ms/b/x": ""})
		causes := g.Affected([]string{"ms/b/Dockerfile"}, nil)
		if names(causes) != "a" {
			t.Errorf("derive %q: affected %s", derive, names(causes))
		}
	}
}
