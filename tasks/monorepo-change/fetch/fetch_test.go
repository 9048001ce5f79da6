// SPDX-License-Identifier: Apache-2.0

package fetch

import "testing"

func TestURLResultHasNoLogin(t *testing.T) {
	for given, want := range map[string]string{
		"https://user:secret@example.com/a.git?token=secret#secret": "https://example.com/a.git",
		"https://secret@example.com/a":                              "https://example.com/a",
		"ssh://git@example.com:22/a.git":                            "ssh://example.com:22/a.git",
		"git@example.com:a/b.git":                                   "git@example.com:a/b.git",
		"/srv/a":                                                    "/srv/a",
	} {
		if got := withoutLogin(given); got != want {
			t.Errorf("%s: got %s, want %s", given, got, want)
		}
	}
}
