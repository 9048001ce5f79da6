// SPDX-License-Identifier: Apache-2.0

package hoststoml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/adze-ci/adze/tasks/node-resolv/sealed"
)

// The names of the two files in a registry's folder.
const (
	File   = "hosts.toml"
	CAFile = "adze-ca.crt"
)

// Host is what containerd is told of one registry.
type Host struct {
	// Name is the registry's host as images are written: host or host:port.
	Name string
	// URL is where it is asked: https://… or http://…
	URL string
	// CA is the node's path of a file with certificates that may sign the
	// registry's, besides the system's; empty for none.
	CA string
}

// String is the host in one line.
func (h Host) String() string {
	if h.CA == "" {
		return h.Name + " at " + h.URL
	}
	return h.Name + " at " + h.URL + " with " + h.CA
}

// Folder is the name of a registry's folder below certs.d, for a host as images
// are written. containerd looks for host_port_ first and then, except on Windows,
// for host:port; ours is the latter, so that what others put in the former holds.
func Folder(host string) string { return host }

// Other is the folder that containerd prefers to [Folder], if there is one.
func Other(host string) (name string, ok bool) {
	name, port, ok := strings.Cut(host, ":")
	return name + "_" + port + "_", ok
}

// hostTree is one [host."…"] table; the top of a file has its fields too.
// https://github.com/containerd/containerd/blob/main/docs/hosts.md
type hostTree struct {
	Server       string   `toml:"server"`
	Capabilities []string `toml:"capabilities"`
	CA           string   `toml:"ca"`
}

// Install makes the text of hosts.toml for the first of hosts. Others' text is
// returned as it is, and so is nil, which is no file, without hosts.
func Install(foreign []byte, hosts []Host) []byte {
	if foreign != nil || len(hosts) == 0 {
		return foreign
	}
	return sealed.Seal([]byte(hosts[0].text()))
}

// text is the file's. The server is asked last, in the same way: without the
// line containerd would ask https://Name without the CA, and tell of that error.
func (h Host) text() string {
	ca := ""
	if h.CA != "" {
		ca = "ca = " + quote(h.CA) + "\n"
	}
	scheme, _, _ := strings.Cut(h.URL, "://")
	return "server = " + quote(scheme+"://"+h.Name) + "\n" + ca +
		"\n[host." + quote(h.URL) + "]\ncapabilities = [\"pull\", \"resolve\"]\n" + ca
}

// Strip tells what the text of hosts.toml says, if it is ours; then no foreign
// text is left, nil. Else all of it is.
func Strip(text []byte) (foreign []byte, owned []Host) {
	body, ok := sealed.Open(text)
	if !ok {
		return text, nil
	}
	h, err := parse(body)
	if err != nil {
		return text, nil
	}
	return nil, []Host{h}
}

func parse(body []byte) (Host, error) {
	var file struct {
		hostTree
		Host map[string]hostTree `toml:"host"`
	}
	if _, err := toml.NewDecoder(bytes.NewReader(body)).Decode(&file); err != nil {
		return Host{}, fmt.Errorf("reading hosts.toml: %w", err)
	}
	_, name, _ := strings.Cut(file.Server, "://")
	for url, tree := range file.Host {
		return Host{Name: name, URL: url, CA: tree.CA}, nil
	}
	return Host{}, errors.New("reading hosts.toml: it names no host")
}

// InstallCA makes the text of the CA file; others' text is returned as it is.
func InstallCA(foreign, pem []byte) []byte {
	if foreign != nil || pem == nil {
		return foreign
	}
	return sealed.Seal(pem)
}

// StripCA gives the certificates of a CA file that is ours; then no foreign
// text is left, nil. Else all of it is.
func StripCA(text []byte) (foreign, owned []byte) {
	body, ok := sealed.Open(text)
	if !ok {
		return text, nil
	}
	return nil, body
}

// quote makes a basic string of TOML, whose escapes are those of JSON and more.
func quote(s string) string {
	text, _ := json.Marshal(s) // a string has a JSON form
	return strings.ReplaceAll(string(text), "\x7f", `\u007f`)
}
