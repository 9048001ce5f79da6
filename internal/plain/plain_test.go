// SPDX-License-Identifier: Apache-2.0

package plain

import "testing"

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		"größer → kleiner":            "größer → kleiner",
		"ok\nuser built\tpass\r\n":    "ok user built pass",
		"\x1b[2J\x1b]0;title\aend":    "[2J ]0;title end",
		"c1 \u009b31mred":             "c1 31mred",
		"safe\u202egpj.exe":           "safe gpj.exe",
		"no \xff\xfe text":            "no \ufffd\ufffd text",
		"  many \u2028\u00a0 blanks ": "many blanks",
		"exactly twenty-two!!!!":      "exactly twenty-two!!!!",
		"one more than that is cut":   "one more than that is…",
	} {
		if got := Line(in, 22); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
