// SPDX-License-Identifier: Apache-2.0

package kindnode

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/internal/run"
)

// packages are what a node needs beside Debian's essential ones: to run
// services, for Kubernetes, for containers, and for kind's entrypoint. Resolved is
// there for tests to start.
const packages = "systemd systemd-resolved dbus " +
	"conntrack iptables nftables iproute2 ethtool ebtables kmod mount util-linux libseccomp2 socat " +
	"containerd runc containernetworking-plugins pigz " +
	"bash ca-certificates curl gettext-base hostname jq procps"

// root is the node's file system to be.
type root struct{ dir string }

func (r root) path(name string) string { return filepath.Join(r.dir, name) }

// debian unpacks and configures the packages in the root.
func (r root) debian(ctx context.Context, scratch string) error {
	codename, sources, err := machineSources("/etc")
	if err != nil {
		return err
	}
	list := filepath.Join(scratch, "debian.sources")
	if err := os.WriteFile(list, []byte(sources), 0o600); err != nil {
		return fmt.Errorf("writing the package sources: %w", err)
	}
	// Mounts that a killed run leaves go with the mount namespace.
	args := []string{"--mount", "--kill-child", "--fork", "mmdebstrap", "--quiet", "--mode=root", "--variant=essential", "--dpkgopt=force-unsafe-io", "--include=" + strings.ReplaceAll(packages, " ", ",")}
	for _, without := range []string{"man", "doc", "info", "locale", "bug", "lintian"} {
		args = append(args, "--dpkgopt=path-exclude=/usr/share/"+without+"/*")
	}
	args = append(args, codename, r.dir, list)
	env := append(os.Environ(), "LC_ALL=C")
	return run.Command{Path: "unshare", Args: args, Env: env}.Run(ctx)
}

// machineSources are the machine's own apt sources for its Debian release, with
// that release's name. Those of other publishers are left out.
func machineSources(etc string) (codename, sources string, err error) {
	release, err := os.ReadFile(filepath.Join(etc, "os-release"))
	if err != nil {
		return "", "", fmt.Errorf("reading the Debian release: %w", err)
	}
	for line := range strings.Lines(string(release)) {
		if value, ok := strings.CutPrefix(line, "VERSION_CODENAME="); ok {
			codename = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	var all strings.Builder
	for _, pattern := range []string{"apt/sources.list", "apt/sources.list.d/*.list", "apt/sources.list.d/*.sources"} {
		files, err := filepath.Glob(filepath.Join(etc, pattern))
		if err != nil {
			return "", "", err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return "", "", fmt.Errorf("reading the package sources: %w", err)
			}
			if strings.HasSuffix(file, ".sources") {
				all.WriteString(stanzas(string(text), codename))
			} else {
				all.WriteString(lines(string(text), codename))
			}
		}
	}
	if codename == "" || all.Len() == 0 {
		return "", "", fmt.Errorf("reading the package sources: none below %s is for Debian %q\nhint: the node image is made on Debian only", etc, codename)
	}
	return codename, all.String(), nil
}

// ofRelease reports whether a suite is the release itself or one of its own,
// such as bookworm-updates.
func ofRelease(suite, codename string) bool {
	rest, ok := strings.CutPrefix(suite, codename)
	return ok && (rest == "" || rest == "-updates" || rest == "-security" || rest == "/updates")
}

// stanzas keeps those of a deb822 file that are for the release.
func stanzas(text, codename string) string {
	var kept strings.Builder
	for stanza := range strings.SplitSeq(text, "\n\n") {
		for line := range strings.Lines(stanza) {
			value, ok := strings.CutPrefix(line, "Suites:")
			if suites := strings.Fields(value); ok && len(suites) > 0 && ofRelease(suites[0], codename) {
				kept.WriteString(strings.TrimSpace(stanza) + "\n\n")
			}
		}
	}
	return kept.String()
}

// lines turns those of a one-line file that are for the release into deb822.
func lines(text, codename string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		line, options, _ := cutOptions(strings.TrimSpace(line))
		words := strings.Fields(line)
		if len(words) < 4 || words[0] != "deb" || !ofRelease(words[2], codename) {
			continue
		}
		fmt.Fprintf(&kept, "Types: deb\nURIs: %s\nSuites: %s\nComponents: %s\n", words[1], words[2], strings.Join(words[3:], " "))
		for _, option := range options {
			name, value, _ := strings.Cut(option, "=")
			if name == "signed-by" {
				kept.WriteString("Signed-By: " + value + "\n")
			}
		}
		kept.WriteString("\n")
	}
	return kept.String()
}

// cutOptions takes "[arch=amd64 signed-by=…]" out of a line.
func cutOptions(line string) (rest string, options []string, found bool) {
	before, after, found := strings.Cut(line, "[")
	if !found {
		return line, nil, false
	}
	inner, after, found := strings.Cut(after, "]")
	return before + after, strings.Fields(inner), found
}
