// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/hoststoml"
	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

// hostsTOMLMode tells containerd where the named Services are and whom to trust
// there. containerd asks by name, so the names stand in the hosts file too.
type hostsTOMLMode struct {
	*facts
	// dir is the folder that containerd looked into at the last look; empty before.
	dir string
}

func (m *hostsTOMLMode) name() string                       { return "hosts-toml" }
func (m *hostsTOMLMode) servers() []netip.Addr              { return nil }
func (m *hostsTOMLMode) lacks([]string) situation           { return m.lackRegistry() }
func (m *hostsTOMLMode) reload(context.Context, bool) error { return nil } // containerd reads at each pull

// check refuses where containerd reads no such files, and where others wrote
// those that would be written.
func (m *hostsTOMLMode) check(context.Context) error {
	if err := m.checkRegistries(); err != nil {
		return err
	}
	for _, c := range m.authorities {
		if err := c.check(); err != nil {
			return err
		}
	}
	root, err := m.look()
	if err != nil {
		return err
	}
	if err := m.opts.etc().Writable(root); err != nil {
		return refusal{err}
	}
	for _, r := range m.registries {
		for _, h := range m.mirrors(r, root) {
			if err := m.free(root, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// root is the folder that containerd looks into. Its configuration is read for a
// check and not for each round, as containerd reads it only when it starts.
func (m *hostsTOMLMode) root() (string, error) {
	if m.dir != "" {
		return m.dir, nil
	}
	return m.look()
}

// look reads containerd's configuration. What cannot be read of it, as someone is
// writing it, is no refusal: containerd goes on with what it read before.
func (m *hostsTOMLMode) look() (string, error) {
	roots, err := hoststoml.Roots(m.opts.etc(), m.opts.containerdConfig)
	if err != nil {
		return "", err
	}
	if len(roots) == 0 {
		return "", refusal{step.Hint(fmt.Errorf("containerd's configuration %s names no config_path", m.opts.containerdConfig),
			"let its registry's config_path be /etc/containerd/certs.d")}
	}
	m.dir = roots[0]
	return m.dir, nil
}

// free refuses where others wrote what containerd reads of a host.
func (m *hostsTOMLMode) free(root string, h hoststoml.Host) error {
	named := path.Join(root, hoststoml.Folder(h.Name), hoststoml.File)
	text, err := m.text(named)
	if err != nil {
		return err
	}
	if foreign, _ := mirrorText.split(text); foreign != nil {
		return refusal{fmt.Errorf("%s: %w", named, errForeign)}
	}
	if other, ok := hoststoml.Other(h.Name); ok {
		named = path.Join(root, other, hoststoml.File)
		if text, err = m.text(named); err != nil {
			return err
		} else if text != nil {
			return refusal{fmt.Errorf("%s is there, which containerd prefers", named)}
		}
	}
	return nil
}

// text is that of a file of the node; nil for none. It refuses where something
// else stands there.
func (m *hostsTOMLMode) text(nodePath string) ([]byte, error) {
	file, err := nodefile.OpenOrNew(m.opts.etc(), nodePath)
	if errors.Is(err, nodefile.ErrNoFile) {
		return nil, refusal{err}
	} else if err != nil {
		return nil, err
	}
	return file.Read()
}

// parts are the hosts file's, then each registry's CA before the file that names it.
// Until it is known whether these may be added, which includes what the CA is, they
// stay as they are.
func (m *hostsTOMLMode) parts(mayAdd bool) ([]part, error) {
	parts := []part{m.hostsPart(mayAdd)}
	root, err := m.root()
	if err != nil {
		return nil, err
	}
	for _, r := range m.registries {
		if r.known && mayAdd {
			for _, h := range m.mirrors(r, root) {
				parts = append(parts, mirrorParts(root, h, m.authorityOf(r))...)
			}
		} else if !r.gone {
			kept, err := m.keep(r)
			if err != nil {
				return nil, err
			}
			parts = append(parts, kept...)
		}
	}
	return parts, nil
}

func mirrorParts(root string, h hoststoml.Host, ca *authority) []part {
	var parts []part
	if h.CA != "" {
		parts = append(parts, whole(caText, h.CA, certificates(ca.pem)))
	}
	return append(parts, whole(mirrorText, path.Join(root, hoststoml.Folder(h.Name), hoststoml.File), h))
}

// keep are the parts of a registry as a predecessor left them.
func (m *hostsTOMLMode) keep(r *registry) ([]part, error) {
	remains, err := m.remains()
	if err != nil {
		return nil, err
	}
	var kept []part
	for _, p := range remains {
		host, _, _ := strings.Cut(path.Base(path.Dir(p.path)), ":")
		if slices.Contains(m.names(r), host) {
			p.edit = func(before []byte) ([]byte, error) { return before, nil }
			kept = append(kept, p)
		}
	}
	return kept, nil
}

// remains are the hosts file's and those files that were made and not removed.
func (m *hostsTOMLMode) remains() ([]part, error) {
	parts, err := hostsLines.remainsOf(m.opts.etc(), hostsFile)
	if err != nil {
		return nil, err
	}
	made, err := m.opts.etc().Created()
	for _, name := range made {
		switch path.Base(name) {
		case hoststoml.CAFile:
			parts = append(parts, caText.remains(name))
		case hoststoml.File:
			parts = append(parts, mirrorText.remains(name))
		}
	}
	return parts, err
}

// whole is the part that is all of a file, which others must not have written.
func whole[T any](g grammar[T], nodePath string, is T) part {
	p := g.part(nodePath, func(foreign []byte, _ []T) ([]T, error) {
		if foreign != nil {
			return nil, errForeign
		}
		return []T{is}, nil
	})
	p.create = true
	return p
}

// mirrorText is how a registry stands in a hosts.toml.
var mirrorText = grammar[hoststoml.Host]{
	strip: hoststoml.Strip, install: hoststoml.Install,
	// The same for all of a registry's names, so that it is said once.
	describe: func(_ string, _ []byte, owned []hoststoml.Host) string {
		if owned[0].CA == "" {
			return "containerd pulls from " + owned[0].URL
		}
		return "containerd pulls from " + owned[0].URL + " by a CA of its own"
	},
}

// certificates are a CA's, as PEM.
type certificates []byte

// String tells how many there are.
func (c certificates) String() string {
	return fmt.Sprintf("%d certificates", bytes.Count(c, []byte("-----BEGIN CERTIFICATE-----")))
}

// caText is how certificates stand in a file.
var caText = grammar[certificates]{
	strip: func(text []byte) ([]byte, []certificates) {
		foreign, pem := hoststoml.StripCA(text)
		if pem == nil {
			return foreign, nil
		}
		return foreign, []certificates{pem}
	},
	install: func(foreign []byte, owned []certificates) []byte {
		if len(owned) == 0 {
			return foreign
		}
		return hoststoml.InstallCA(foreign, owned[0])
	},
	describe: func(string, []byte, []certificates) string { return "" },
}
