// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"testing"
)

func TestMissing(t *testing.T) {
	for status, want := range map[string][]string{
		"Name:\tx\nCapBnd:\t000001ffffffffff\n": nil,
		"CapBnd:\t000001fffeffffff\n":           {"CAP_SYS_RESOURCE"},
		"CapBnd:\t000001fffeffeffe\n":           {"CAP_CHOWN", "CAP_NET_ADMIN", "CAP_SYS_RESOURCE"},
	} {
		got, err := missing(status)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("missing(%q) = %v, %v; want %v", status, got, err, want)
		}
	}
	if _, err := missing("Name:\tx\n"); err == nil {
		t.Error("no error without a bounding set")
	}
}

func TestEdits(t *testing.T) {
	for _, tt := range []struct{ args, want []string }{
		{[]string{"--root", "/r", "create", "--bundle", "/b", "--pid-file", "/p", "id"}, []string{"/b/config.json"}},
		{[]string{"create", "--bundle=/b", "id"}, []string{"/b/config.json"}},
		{[]string{"exec", "--process", "/tmp/process", "--detach", "id"}, []string{"/tmp/process"}},
		{[]string{"--log", "/l", "delete", "--force", "id"}, nil},
	} {
		if got := edits(tt.args); !slices.Equal(got, tt.want) {
			t.Errorf("edits(%v) = %v, want %v", tt.args, got, tt.want)
		}
	}
}

func TestWithout(t *testing.T) {
	for in, want := range map[string]string{
		`{"args":["x"],"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE"],"effective":["CAP_SYS_RESOURCE"]}}`: `{"args":["x"],"capabilities":{"bounding":["CAP_CHOWN"],"effective":[]}}`,
		`{"linux":{"limit":18446744073709551615},"process":{"capabilities":{"bounding":["CAP_SYS_RESOURCE"]}}}`:        `{"linux":{"limit":18446744073709551615},"process":{"capabilities":{"bounding":[]}}}`,
		`{"process":{"cwd":"/"}}`: `{"process":{"cwd":"/"}}`,
	} {
		got, err := without([]byte(in), []string{"CAP_SYS_RESOURCE"})
		if err != nil || string(got) != want {
			t.Errorf("without(%s) = %s, %v; want %s", in, got, err, want)
		}
	}
	if _, err := without([]byte("{"), nil); err == nil {
		t.Error("no error for half a document")
	}
}
