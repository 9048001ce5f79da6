// SPDX-License-Identifier: Apache-2.0

package propose

import "testing"

func TestParseAuthor(t *testing.T) {
	for _, s := range []string{"adze <adze@ci.example>", "Zoë Ö. <z+ci@ci.example>", "bot[bot] <1+bot[bot]@users.noreply.forge.example>"} {
		if a, err := ParseAuthor(s); err != nil || a.String() != s || parseAddress(a.address()) != a {
			t.Errorf("%q: got %v, %v", s, a, err)
		}
	}
	for _, s := range []string{"", "adze", "adze@ci.example", "<adze@ci.example>", "adze <>", "adze <ci>", "a <b@c.example> d", "a\nb <b@c.example>", "a <b@c.example", "a <b <b@c.example>"} {
		if a, err := ParseAuthor(s); err == nil {
			t.Errorf("%q was taken as %v", s, a)
		}
	}
}
