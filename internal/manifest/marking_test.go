// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
)

// Wherever a marker stands behind a value, it is that value's: every value that
// is marked for the service is set, and none that is marked for another, with
// whatever comments and structure between them.
func TestMarkedValues(t *testing.T) {
	soak.Each(t, 300, func(t *testing.T, rnd *rand.Rand) {
		before, after := marking(rnd)
		res, err := Open("f.yaml", []byte(before)).Set(Want{"admin", image})
		if err != nil {
			t.Fatalf("%v in\n%s", err, before)
		}
		if string(res.Content) != after {
			t.Fatalf("got\n%s\nwant\n%s", res.Content, after)
		}
	})
}

// marking makes a document of values that are marked, and what it should become.
func marking(rnd *rand.Rand) (before, after string) {
	m := &marker{rnd: rnd}
	m.block("", 2)
	src := m.String()
	if rnd.IntN(3) == 0 {
		src = strings.TrimRight(src, "\n")
	}
	if rnd.IntN(3) == 0 {
		src = strings.ReplaceAll(src, "\n", "\r\n")
	}
	return pick(src, 0), pick(src, 1)
}

// marker writes a document in which «before|after» stands for a value that is to change.
type marker struct {
	strings.Builder
	rnd *rand.Rand
}

func (m *marker) one(of ...string) string { return of[m.rnd.IntN(len(of))] }

func (m *marker) line(format string, args ...any) { fmt.Fprintf(&m.Builder, format+"\n", args...) }

// value is a value and the comment behind it.
func (m *marker) value(key string) (text, comment string) {
	switch m.rnd.IntN(5) {
	case 0:
		return "«elsewhere.test/x:1|" + repository + ":new»", m.one(`# {"$imagepolicy": "flux-system:admin"}`, "# adze: admin", "#adze: admin")
	case 1:
		return "«v1|new»", m.one(`# {"$imagepolicy": "a:admin:tag"}`, "# adze: admin:tag")
	case 2:
		return repository + ":old", m.one(`# {"$imagepolicy": "flux-system:user"}`, "# adze: admin-two")
	case 3:
		return "plain", m.one("# why", "")
	}
	if key != "image" {
		return "w", ""
	}
	return "«" + repository + ":old|" + repository + ":new»", m.one("# admin", "")
}

func (m *marker) noise(indent string) {
	m.WriteString(m.one("", "", "", "\n", indent+"# adze\n", "# "+repository+":old\n", "\n\n"+indent+"# between\n\n", indent+"  # deeper\n"))
}

// block writes a mapping.
func (m *marker) block(indent string, depth int) {
	for i := range 1 + m.rnd.IntN(4) {
		m.noise(indent)
		if depth > 0 && m.rnd.IntN(4) == 0 {
			m.line("%slist%d: %s", indent, i, m.one("", "# a list"))
			m.list(indent, depth)
			continue
		}
		key := m.one("image", fmt.Sprint("key", i))
		if i > 0 && key == "image" {
			key = fmt.Sprint("image", i)
		}
		m.pair(indent, key, i)
	}
}

// pair writes a key and its value in one of many ways.
func (m *marker) pair(indent, key string, i int) {
	v, comment := m.value(key)
	switch m.rnd.IntN(7) {
	case 0, 1:
		m.line("%s%s: %s %s", indent, key, v, comment)
	case 2:
		m.line("%s%s: \"%s\"   %s", indent, key, v, comment)
	case 3:
		m.line("%s%s: |- %s\n%s    %s", indent, key, comment, indent, v)
	case 4:
		m.line("%s%s: !!str &a%d '%s' %s", indent, key, m.Len(), v, comment)
	case 5:
		m.line("%sflow%d: {%s: %s, %s\n%s  z: [a, b %s\n%s  ]}", indent, i, key, v, comment, indent, m.one("", "# c"), indent)
	case 6:
		m.line("%s%s:\n%s  %s %s", indent, key, indent, v, comment)
	}
}

// list writes the items of a list.
func (m *marker) list(indent string, depth int) {
	for range 1 + m.rnd.IntN(3) {
		m.noise(indent)
		v, comment := m.value("")
		switch m.rnd.IntN(3) {
		case 0:
			m.line("%s- %s %s", indent, v, comment)
		case 1:
			m.line("%s- - %s %s", indent, v, comment)
		default:
			m.line("%s- name: %s %s", indent, v, comment)
			m.block(indent+"  ", depth-1)
		}
	}
}

// pick takes one side of every «before|after».
func pick(text string, side int) string {
	var b strings.Builder
	for {
		head, rest, found := strings.Cut(text, "«")
		b.WriteString(head)
		if !found {
			return b.String()
		}
		pair, tail, _ := strings.Cut(rest, "»")
		b.WriteString(strings.Split(pair, "|")[side])
		text = tail
	}
}
