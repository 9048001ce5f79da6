// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/adze-ci/adze/tasks/node-resolv/hosts"
)

// hostsFile is the file that resolvers read before they ask a nameserver.
const hostsFile = "/etc/hosts"

// hostsMode gives the named Services' names their addresses in the node's hosts
// file.
type hostsMode struct{ *facts }

func (m *hostsMode) name() string                       { return "hosts" }
func (m *hostsMode) check(context.Context) error        { return m.checkRegistries() }
func (m *hostsMode) servers() []netip.Addr              { return nil }
func (m *hostsMode) lacks([]string) situation           { return m.lackRegistry() }
func (m *hostsMode) reload(context.Context, bool) error { return nil } // resolvers look for themselves
func (m *hostsMode) remains() ([]part, error) {
	return hostsLines.remainsOf(m.opts.etc(), hostsFile)
}

func (m *hostsMode) parts(mayAdd bool) ([]part, error) {
	return []part{m.hostsPart(mayAdd)}, nil
}

// hostsPart is the share in the hosts file that the registries need.
func (f *facts) hostsPart(mayAdd bool) part {
	return hostsLines.part(hostsFile, func(_ []byte, owned []hosts.Entry) ([]hosts.Entry, error) {
		var chosen []hosts.Entry
		for _, r := range f.registries {
			entries := f.entries(r, owned, mayAdd)
			r.installed = len(entries) > 0
			chosen = append(chosen, entries...)
		}
		return chosen, nil
	})
}

// entries are the lines for one registry: those of its addresses, or while
// nothing is known of it those that stand in the file. Others may have written the
// file anew meanwhile.
func (f *facts) entries(r *registry, owned []hosts.Entry, mayAdd bool) []hosts.Entry {
	if r.gone {
		return nil
	}
	names := f.names(r)
	its := slices.DeleteFunc(slices.Clone(owned), func(e hosts.Entry) bool { return !slices.Equal(e.Names, names) })
	if len(its) > 0 {
		r.found = its
	}
	if !r.known || !mayAdd && len(r.found) == 0 {
		return r.found
	}
	var entries []hosts.Entry
	for _, addr := range r.service.Addresses() {
		entries = append(entries, hosts.Entry{Addr: addr, Names: names})
	}
	return entries
}

// hostsLines is how names stand in a hosts file.
var hostsLines = grammar[hosts.Entry]{strip: hosts.Strip, install: hosts.Install, describe: describeHosts}

// describeHosts says which names the file gives, and which lines of others
// would win.
func describeHosts(path string, text []byte, owned []hosts.Entry) string {
	var given []string
	for _, e := range owned {
		given = append(given, fmt.Sprintf("%s is %s", e.Names[0], e.Addr))
	}
	message := fmt.Sprintf("in %s %s", path, strings.Join(given, ", "))
	foreign, _ := hosts.Strip(text)
	for _, c := range hosts.Claims(foreign, owned) {
		message += fmt.Sprintf("; line %d gives %s the address %s, and comes first", c.Line, c.Name, c.Addr)
	}
	return message
}
