// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"testing"
)

// Every way to break a file is in the tests of internal/yamlfault; here, that its
// places are the file's.
func TestAFaultIsNamedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a:\n  b: c\n  d: e\n  - x\nf: g\n", "5:3: cannot be parsed: did not find expected key while parsing a block mapping that begins at 3:3"},
		{"x: y\na: b: c\n", "3:5: cannot be parsed: mapping values are not allowed in this context"},
		{"a: 'b\nc: d\n", "2:4: cannot be parsed: found unexpected end of stream"},
		{"a: b\nc: [d, e\nf: g\nh: i\n", "4:2: cannot be parsed: did not find expected ',' or ']' while parsing a flow sequence that begins at 3:4"},
		{"a: b\n---\nc:\n- d\n e: f\ng: h\n", "6:3: cannot be parsed: mapping values are not allowed in this context"},
		{"ä: b\r\nü: *d\r\n", "3:4: cannot be parsed: unknown anchor 'd' referenced"},
		{"ä: \x80\n", "2:4: cannot be parsed: this byte is no UTF-8"},
		{"a: \"\\q\"\n", "2:5: cannot be parsed: found unknown escape character while parsing a quoted scalar that begins at 2:4"},
	} {
		_, err := File("f.yaml", []byte("# "+repository+"\n"+c.src), image)
		var refusal *Refusal
		if !errors.As(err, &refusal) || err.Error() != "f.yaml:"+c.want {
			t.Errorf("%q:\ngot  %v\nwant %s", c.src, err, c.want)
		}
	}
}
