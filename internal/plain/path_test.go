// SPDX-License-Identifier: Apache-2.0

package plain

import (
	"testing"
	"unicode/utf8"
)

func TestPath(t *testing.T) {
	for path, want := range map[string]string{
		"ms/rate/go.mod": "ms/rate/go.mod",
		"a b":            "a b",
		"grün":           "grün",
		"a\nb":           `"a\nb"`,
		"a\tb":           `"a\tb"`,
		`say "a"`:        `"say \"a\""`,
		`a\b`:            `"a\\b"`,
		"\xfeü":          `"\376ü"`,
		"a\x1b[31m":      `"a\033[31m"`,
		"a\u202eb":       `"a\342\200\256b"`,
		"a\u00a0b":       `"a\302\240b"`,
		"\ufffd":         "\ufffd",
	} {
		if got := Path(path); got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
}

func FuzzPathsStayApart(f *testing.F) {
	f.Add("a\nb", `a\nb`)
	f.Add("\xfe", `\376`)
	f.Add("\ufffd", "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		if (Path(a) == Path(b)) != (a == b) {
			t.Errorf("%q and %q are written as %s and %s", a, b, Path(a), Path(b))
		}
		if got, rest, ok := Unquote(Quote(a) + b); !ok || got != a || rest != b {
			t.Errorf("%s is read as %q, %q, %v", Quote(a)+b, got, rest, ok)
		}
		if s := Path(a); !utf8.ValidString(s) {
			t.Errorf("%q is written as %q", a, s)
		}
	})
}

func TestUnquote(t *testing.T) {
	for in, want := range map[string]string{
		`"" rest`:          "| rest",
		`"a b"`:            "a b|",
		`"\a\b\t\n\v\f\r"`: "\a\b\t\n\v\f\r|",
		`"\342\206\222"x`:  "→|x",
		`"\\\""`:           `\"|`,
	} {
		if text, rest, ok := Unquote(in); !ok || text+"|"+rest != want {
			t.Errorf("%s: got %q, %q, %v", in, text, rest, ok)
		}
	}
	for _, in := range []string{"", "a", `"a`, `"a\`, `"\x41"`, `"\1"`, `"\400"`, `"\18 "`} {
		if text, rest, ok := Unquote(in); ok || rest != in {
			t.Errorf("%s: got %q, %q", in, text, rest)
		}
	}
}
