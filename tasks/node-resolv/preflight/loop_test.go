// SPDX-License-Identifier: Apache-2.0

package preflight

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

// dns is a CoreDNS as the API server would tell of it.
type dns struct {
	corefile string
	pod      kubeapi.PodDNS
	err      error
}

func (d dns) Corefile(context.Context, kubeapi.Name) (string, error) { return d.corefile, d.err }
func (d dns) DeploymentDNS(context.Context, kubeapi.Name) (kubeapi.PodDNS, error) {
	return d.pod, d.err
}

func kubeadm() dns {
	return dns{corefile: ".:53 {\n    forward . /etc/resolv.conf {\n    }\n}\n", pod: kubeapi.PodDNS{Policy: "Default"}}
}

func fixed() dns {
	return dns{corefile: ".:53 {\n    forward . 192.0.2.1\n}\n", pod: kubeapi.PodDNS{Policy: "Default"}}
}

func TestRun(t *testing.T) {
	away := errors.New("the API server is away")
	for _, c := range []struct {
		name, config, target string
		dns                  dns
		files                map[string]string
		want                 error
		says                 string
	}{
		{name: "kubeadm's default", dns: kubeadm(), want: ErrLoop, says: "resolvConf"},
		{name: "named the same", config: "resolvConf: /etc/resolv.conf", dns: kubeadm(), want: ErrLoop},
		{name: "a file of its own", config: "resolvConf: /etc/kubernetes/resolv.conf", dns: kubeadm()},
		{name: "no file at all", config: `resolvConf: ""`, dns: kubeadm()},
		{name: "its own file names cluster DNS", config: "resolvConf: /etc/own", files: map[string]string{"own": "nameserver 10.96.0.10\n"}, dns: kubeadm(), want: ErrLoop, says: "names cluster DNS"},
		{name: "this pod's file names cluster DNS", config: "resolvConf: /run/own", files: map[string]string{"pod": "nameserver 10.96.0.10\n"}, dns: kubeadm(), want: ErrLoop, says: "gave this pod"},
		{name: "this pod's file does not", config: "resolvConf: /run/own", files: map[string]string{"pod": "nameserver 192.0.2.1\n"}, dns: kubeadm()},
		{name: "fixed addresses", dns: fixed()},
		{name: "an import", dns: dns{corefile: ".:53 {\n import custom/*.override\n}", pod: kubeapi.PodDNS{Policy: "Default"}}, want: ErrLoop},
		{name: "no such ConfigMap", dns: dns{err: kubeapi.ErrNotFound}, want: ErrLoop, says: "there is no ConfigMap"},
		{name: "API away", dns: dns{err: away}, want: away},
		{name: "API away but the kubelet's file is its own", config: "resolvConf: /run/own", dns: dns{err: away}},
		{name: "dnsPolicy None", dns: dns{corefile: kubeadm().corefile, pod: kubeapi.PodDNS{Policy: "None"}}},
		{name: "ClusterFirst", dns: dns{corefile: kubeadm().corefile, pod: kubeapi.PodDNS{Policy: "ClusterFirst"}}},
		{name: "ClusterFirst on the host's network", dns: dns{corefile: kubeadm().corefile, pod: kubeapi.PodDNS{Policy: "ClusterFirst", HostNetwork: true}}, want: ErrLoop},
		{name: "resolved reads our file", config: "resolvConf: /run/systemd/resolve/resolv.conf", dns: kubeadm(), want: ErrLoop, says: "systemd-resolved copies"},
		{name: "resolved's stub is ours", config: "resolvConf: /run/systemd/resolve/resolv.conf", target: "/run/systemd/resolve/stub-resolv.conf", dns: kubeadm()},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				write(t, filepath.Join(dir, name), text)
			}
			write(t, filepath.Join(dir, "resolv.conf"), "nameserver 192.0.2.1\n")
			config := filepath.Join(dir, "config.yaml")
			write(t, config, "kind: KubeletConfiguration\n"+c.config+"\n")
			check := Check{Etc: nodefile.Etc{Dir: dir}, Target: "/etc/resolv.conf", KubeletConfig: config, PodFile: filepath.Join(dir, "pod"), Addresses: []netip.Addr{netip.MustParseAddr("10.96.0.10")}}
			if c.target != "" {
				check.Target = c.target
			}
			err := check.Run(t.Context(), c.dns)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q does not say %q", err, c.says)
			}
		})
	}
}

func TestUnreadableKubeletConfig(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	write(t, config, "resolvConf: [")
	check := Check{Etc: nodefile.Etc{Dir: t.TempDir()}, Target: "/etc/resolv.conf", KubeletConfig: config}
	if err := check.Run(t.Context(), fixed()); err == nil || errors.Is(err, ErrLoop) {
		t.Errorf("got %v, want an error that is no verdict", err)
	}
}

func TestForwardsToFile(t *testing.T) {
	for corefile, want := range map[string]bool{
		"":                                        false,
		". {\n forward . 1.1.1.1 8.8.8.8\n}":      false,
		". {\n forward . tls://9.9.9.9\n}":        false,
		". {\n forward . {$UPSTREAM}\n}":          true,
		". {\n # forward . /etc/resolv.conf\n}":   false,
		". {\n forward . 1.1.1.1 /etc/other\n}":   true,
		". {\n proxy . /etc/resolv.conf\n}":       true,
		". { forward . /etc/resolv.conf }":        true,
		". {\n forward . \"/etc/resolv.conf\"\n}": true,
		"(snip) {\n errors\n}\nimport snip":       true,
		"a.example {\n forward . 1.1.1.1\n}\n. {\n\tforward . /etc/resolv.conf{\n\t}\n}": true,
	} {
		if got := forwardsToFile(corefile); got != want {
			t.Errorf("%q: %v, want %v", corefile, got, want)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
