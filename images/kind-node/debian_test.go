// SPDX-License-Identifier: Apache-2.0

package kindnode

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// etc writes a folder like /etc.
func etc(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const bookworm = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_CODENAME=bookworm\n"

func TestMachineSourcesTakesDebiansOnly(t *testing.T) {
	dir := etc(t, map[string]string{
		"os-release":                        bookworm,
		"apt/sources.list.d/debian.sources": "Types: deb\n# a comment\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\nComponents: main\n\nTypes: deb\nURIs: http://mirror.test/security\nSuites: bookworm-security\nComponents: main\n",
		"apt/sources.list.d/node.sources":   "Types: deb\nURIs: http://node.test\nSuites: nodistro\nComponents: main\n",
		"apt/sources.list.d/cloud.list":     "deb http://cloud.test/apt cloud-sdk-bookworm main\n",
	})
	codename, got, err := machineSources(dir)
	if err != nil || codename != "bookworm" {
		t.Fatalf("%q, %v", codename, err)
	}
	for _, want := range []string{"http://mirror.test/debian\n", "http://mirror.test/security\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	for _, other := range []string{"node.test", "cloud.test"} {
		if strings.Contains(got, other) {
			t.Errorf("%q is in %q", other, got)
		}
	}
}

func TestMachineSourcesReadsOneLineFiles(t *testing.T) {
	dir := etc(t, map[string]string{
		"os-release": bookworm,
		"apt/sources.list": "# deb http://old.test bookworm main\n" +
			"deb [arch=amd64 signed-by=/k.gpg] http://mirror.test/debian bookworm main contrib\n" +
			"deb-src http://mirror.test/debian bookworm main\n",
	})
	_, got, err := machineSources(dir)
	want := "Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm\nComponents: main contrib\nSigned-By: /k.gpg\n\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestMachineSourcesRefusesAnotherSystem(t *testing.T) {
	dir := etc(t, map[string]string{"os-release": "NAME=Other\n", "apt/sources.list": "deb http://mirror.test other main\n"})
	if _, _, err := machineSources(dir); err == nil || !strings.Contains(err.Error(), "hint:") {
		t.Errorf("error %v, want one with a hint", err)
	}
}
