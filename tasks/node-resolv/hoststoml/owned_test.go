// SPDX-License-Identifier: Apache-2.0

package hoststoml

import (
	"bytes"
	"crypto/x509"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/adze-ci/adze/tasks/node-resolv/sealed"
)

var secure = Host{
	Name: "registry.infra.svc.cluster.local:8443", URL: "https://registry.infra.svc.cluster.local:8443",
	CA: "/etc/containerd/certs.d/registry.infra.svc.cluster.local:8443/adze-ca.crt",
}

func TestInstall(t *testing.T) {
	const want = `server = "https://registry.infra.svc.cluster.local:8443"
ca = "/etc/containerd/certs.d/registry.infra.svc.cluster.local:8443/adze-ca.crt"

[host."https://registry.infra.svc.cluster.local:8443"]
capabilities = ["pull", "resolve"]
ca = "/etc/containerd/certs.d/registry.infra.svc.cluster.local:8443/adze-ca.crt"
`
	body, ok := sealed.Open(Install(nil, []Host{secure}))
	if !ok || string(body) != want {
		t.Errorf("got:\n%s\nwant:\n%s", body, want)
	}
}

// What others wrote is never overwritten, nor what they made of ours.
func TestForeignStays(t *testing.T) {
	ours := Install(nil, []Host{secure})
	for name, text := range map[string]string{
		"empty": "", "theirs": "server = \"https://mirror.example\"\n", "ours with a line more": string(ours) + "# mine now\n",
		"ours with another address": strings.Replace(string(ours), "8443", "443", 1), "sealed but no hosts.toml": string(sealed.Seal([]byte("x"))),
	} {
		t.Run(name, func(t *testing.T) {
			foreign, owned := Strip([]byte(text))
			if string(foreign) != text || owned != nil {
				t.Errorf("stripped to %q, owning %v", foreign, owned)
			}
			if got := Install(foreign, []Host{secure}); string(got) != text {
				t.Errorf("overwritten: %q", got)
			}
		})
	}
}

func TestNothingStaysNothing(t *testing.T) {
	foreign, owned := Strip(nil)
	ca, pem := StripCA(nil)
	if got, gotCA := Install(foreign, owned), InstallCA(ca, pem); got != nil || gotCA != nil {
		t.Errorf("no file became %q and %q", got, gotCA)
	}
}

func TestFolders(t *testing.T) {
	if other, ok := Other("r.example:5000"); other != "r.example_5000_" || !ok || Folder("r.example:5000") != "r.example:5000" {
		t.Errorf("a host with a port: %q, %v", other, ok)
	}
	if other, ok := Other("r.example"); ok {
		t.Errorf("a host without a port: %q", other)
	}
}

// A CA file's first line does not keep the certificates from being read.
func TestCAFileIsRead(t *testing.T) {
	text := InstallCA(nil, []byte(pemText))
	if !x509.NewCertPool().AppendCertsFromPEM(text) {
		t.Errorf("no certificate is found in %q", text)
	}
	if foreign, pem := StripCA(text); foreign != nil || string(pem) != pemText {
		t.Errorf("taken out again: %q, %q", foreign, pem)
	}
	if foreign, pem := StripCA([]byte(pemText)); string(foreign) != pemText || pem != nil {
		t.Errorf("theirs: %q, %q", foreign, pem)
	}
}

// Whatever the words are, the file is TOML that says them, and says them to us.
func FuzzInstallAndStrip(f *testing.F) {
	f.Add("r.example:5000", "https://r.example", "/etc/ca.crt")
	f.Add("r", "http://10.0.0.1:80/\"]\n[x]", "\x7f\x00\\")
	f.Fuzz(func(t *testing.T, name, url, ca string) {
		h := Host{Name: strings.ToValidUTF8(name, ""), URL: strings.ToValidUTF8(url, ""), CA: strings.ToValidUTF8(ca, "")}
		text := Install(nil, []Host{h})
		var file any
		if _, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&file); err != nil {
			t.Fatalf("%q is no TOML: %v", text, err)
		}
		if strings.Contains(h.URL, "://") {
			if foreign, owned := Strip(text); foreign != nil || !reflect.DeepEqual(owned, []Host{h}) {
				t.Fatalf("%q comes back as %q, owning %v", text, foreign, owned)
			}
		}
		if foreign, _ := Strip([]byte(ca)); !bytes.Equal(Install(foreign, []Host{h}), []byte(ca)) && ca != "" {
			t.Fatalf("%q is overwritten", ca)
		}
	})
}

// pemText is a certificate that was made for this test; its key is gone.
const pemText = `-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIUO+Hr7RY5KOYA1J4/S85a+j6p6c8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJYWR6ZS10ZXN0MCAXDTI2MTEyMTIyMjcxMloYDzIxMjYxMDI4
MjIyNzEyWjAUMRIwEAYDVQQDDAlhZHplLXRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASiX31v5poTI/ErghWaJMvRIpP9kdIjJ+DMV6/3QazTzLdNOam3GdrA
7bLxsC8czI8Q149MwS1nMK+WVg/3mnVbo1MwUTAdBgNVHQ4EFgQUXeWD4kimpNTz
+GyGB+/nbn8+1NIwHwYDVR0jBBgwFoAUXeWD4kimpNTz+GyGB+/nbn8+1NIwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBTddk1dikFY3SfYCYnFe+b
LqjzHn2/TVn09s6AJfkBAgIgGT0ykt7yNswd0QAENPCjWO6q7NN7lJlHFRQyIWKJ
/50=
-----END CERTIFICATE-----
`
