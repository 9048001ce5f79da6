// SPDX-License-Identifier: Apache-2.0

package resolved

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/adze-ci/adze/tasks/node-resolv/sealed"
)

// Path is the drop-in on the node. It is below /run, so that a reboot ends it.
const Path = "/run/systemd/resolved.conf.d/adze-node-resolv.conf"

// Route sends the names of a domain to servers.
type Route struct {
	Servers []netip.Addr
	// Domain is the cluster's, without a dot at its end.
	Domain string
}

// String is the route in one line.
func (r Route) String() string { return fmt.Sprintf("%s to %s", r.Domain, words(r.Servers)) }

// Install makes the text of the drop-in for the first of routes. Others' text is
// returned as it is, and so is nil, which is no file, without routes.
func Install(foreign []byte, routes []Route) []byte {
	if foreign != nil || len(routes) == 0 {
		return foreign
	}
	r := routes[0]
	return sealed.Seal(fmt.Appendf(nil, "[Resolve]\nDNS=%s\nDomains=~%s\n", words(r.Servers), r.Domain))
}

// Strip tells what the text of the drop-in says, if it is ours; then no foreign
// text is left, nil. Else all of it is.
func Strip(text []byte) (foreign []byte, owned []Route) {
	body, ok := sealed.Open(text)
	if !ok {
		return text, nil
	}
	var r Route
	for line := range strings.Lines(string(body)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "DNS":
			r.Servers = addresses(value)
		case "Domains":
			r.Domain = strings.TrimPrefix(value, "~")
		}
	}
	if len(r.Servers) == 0 || r.Domain == "" {
		return text, nil
	}
	return nil, []Route{r}
}

func words(addrs []netip.Addr) string {
	var all []string
	for _, addr := range addrs {
		all = append(all, addr.String())
	}
	return strings.Join(all, " ")
}

func addresses(list string) []netip.Addr {
	var addrs []netip.Addr
	for _, word := range strings.Fields(list) {
		if addr, err := netip.ParseAddr(word); err == nil {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}
