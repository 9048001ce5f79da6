// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"strings"
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

// What YAML 1.2 allows is edited, also where the parser does not take it as it is.
func TestValidYAMLIsNotRefused(t *testing.T) {
	const old, now = repository + ":old", repository + ":new"
	for _, src := range []string{
		"%YAML 1.2\n---\nimage: " + old + "\n",
		"%YAML 1.2 # newer\n%TAG ! tag:example.com,2000:\n--- # c\nimage: " + old + "\n...\n%YAML 1.1\n---\nimage: " + old,
		"a: b # c\u2028 d\nimage: " + old + " # e\u2029\u0085f\nä\u2028: {image: " + old + "}\n",
		"a: b\n\t\n \t \r\nimage: " + old + "\n",
		"a: b\n\t# c\n  \t # d\nimage: " + old + "\n",
		"image: &a # why\n  " + old + "\nb: {image: *a}\n",
		"image: &a # why\r\n\r\n  # and so\r\n  !!str # too\r\n  '" + old + "'\r\n",
		"\ufeffa: b\n---\n\ufeffimage: " + old + "\nä: {image: " + old + "}\n",
		"a: b\r\n\ufeff---\r\nimage: " + old + "\r\n...\r\n\ufeff# c\r\n---\r\nimage: " + old + "\r\n",
		"image: " + old + "\rb: c\rä: {image: " + old + "}\r",
		"---\n---\nimage: " + old + "\n...\n# c\n---\n...\n",
		"image: |+\n  " + old + "\n\n\nb: {image: \"" + old + "\"}\n",
		"a:\n  image: |2-\n    " + old + "\n  b: c\n",
		"a:\n- image: >1\n   " + old + "\n",
		"? image\n: " + old + "\n",
		"? - a\n  - b\n: image: " + old + "\n",
		"\"image\": " + old + "\n'a': {\"image\":" + old + "}\n",
		"!!map {? image : " + old + ", b}\n",
		"image:\n    # c\n\n    " + old + "\n",
		"image: \"" + old + "\\\n  \"\n",
	} {
		res, err := File("f.yaml", []byte(src), image)
		want := strings.ReplaceAll(strings.ReplaceAll(src, old, now), now+"\\\n  \"", now+"\"")
		if err != nil || string(res.Content) != want {
			t.Errorf("%v\ngot  %q\nwant %q", err, res.Content, want)
		}
	}
}
