// SPDX-License-Identifier: Apache-2.0

package resolved

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
	"github.com/adze-ci/adze/tasks/node-resolv/sealed"
)

var dual = Route{Servers: []netip.Addr{netip.MustParseAddr("10.96.0.10"), netip.MustParseAddr("fd00::a")}, Domain: "cluster.local"}

func TestInstallAndStrip(t *testing.T) {
	text := Install(nil, []Route{dual})
	body, ok := sealed.Open(text)
	if want := "[Resolve]\nDNS=10.96.0.10 fd00::a\nDomains=~cluster.local\n"; !ok || string(body) != want {
		t.Errorf("got %q, want %q", body, want)
	}
	if foreign, owned := Strip(text); foreign != nil || !reflect.DeepEqual(owned, []Route{dual}) {
		t.Errorf("taken out again: %q owning %v", foreign, owned)
	}
	if foreign, owned := Strip(nil); Install(foreign, owned) != nil {
		t.Error("no file became one")
	}
}

func TestForeignStays(t *testing.T) {
	for _, text := range []string{"", "[Resolve]\nDNS=192.0.2.1\n", string(Install(nil, []Route{dual})) + "LLMNR=no\n", string(sealed.Seal([]byte("[Resolve]\n")))} {
		foreign, owned := Strip([]byte(text))
		if got := Install(foreign, []Route{dual}); string(got) != text || owned != nil {
			t.Errorf("%q became %q, owning %v", text, got, owned)
		}
	}
}

func TestRuns(t *testing.T) {
	for _, c := range []struct {
		name, link, text string
		asked            bool
		says             string
	}{
		{"a link to the stub, whose folder is not mounted", "../run/systemd/resolve/stub-resolv.conf", "", true, "stub-resolv.conf"},
		{"the static stub", "/usr/lib/systemd/resolv.conf", "", true, "stub"},
		{"a file that names the stub", "", "search a\nnameserver 127.0.0.53\n", true, "127.0.0.53"},
		{"a file that names the stub second", "", "nameserver 192.0.2.1\nnameserver 127.0.0.53\n", false, "does not lead"},
		{"resolved's list of servers", "../run/systemd/resolve/resolv.conf", "", false, "cannot be read"},
		{"no nameserver", "", "", false, "does not lead"},
		{"a loop of links", "resolv.conf", "", false, "too many symbolic links"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			name := filepath.Join(dir, "resolv.conf")
			err := os.WriteFile(name, []byte(c.text), 0o600)
			if c.link != "" {
				_ = os.Remove(name)
				err = os.Symlink(c.link, name)
			}
			if err != nil {
				t.Fatal(err)
			}
			if asked, why := Runs(nodefile.Etc{Dir: dir}); asked != c.asked || !strings.Contains(why, c.says) {
				t.Errorf("asked %v, because %q", asked, why)
			}
		})
	}
}

// Whatever a drop-in holds, it is ours and comes back, or it is theirs and stays.
func FuzzStrip(f *testing.F) {
	f.Add([]byte("[Resolve]\nDNS=10.0.0.1 x\nDomains=~a\n"), true)
	f.Fuzz(func(t *testing.T, text []byte, seal bool) {
		if seal {
			text = sealed.Seal(text)
		}
		foreign, owned := Strip(text)
		if (foreign == nil) != (owned != nil) {
			t.Fatalf("%q is theirs, %q, and ours, %v", text, foreign, owned)
		}
		if again, routes := Strip(Install(nil, owned)); owned != nil && (again != nil || !reflect.DeepEqual(routes, owned)) {
			t.Fatalf("%v comes back as %v", owned, routes)
		}
	})
}
