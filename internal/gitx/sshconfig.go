// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"path"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// sshConfig is what is heeded of an OpenSSH client's config (ssh_config(5)).
type sshConfig struct {
	hostName, user, port string
	// identities and knownHosts are names of files in the credentials' folder,
	// wherever the config says that they are.
	identities, knownHosts []string
}

// readSSHConfig reads what a config says of a host: HostName, User, Port,
// IdentityFile and UserKnownHostsFile, of which the first value counts. What
// would take another way to the host is refused; Match blocks, and all that is
// about trust or comfort, are left out.
func readSSHConfig(text, host string) (sshConfig, error) {
	var c sshConfig
	applies := true
	for line := range strings.Lines(text) {
		key, args := sshWords(line)
		switch {
		case key == "host":
			applies = matchesHost(args, host)
		case key == "match":
			applies = false
		case !applies || len(args) == 0:
		case key == "proxyjump" || key == "proxycommand":
			if args[0] != "none" {
				return c, step.Misuse("the ssh config's %s for %s is not supported", key, host)
			}
		default:
			c.set(key, args)
		}
	}
	return c, nil
}

func (c *sshConfig) set(key string, args []string) {
	first := func(s *string) {
		if *s == "" {
			*s = args[0]
		}
	}
	switch key {
	case "hostname":
		first(&c.hostName)
	case "user":
		first(&c.user)
	case "port":
		first(&c.port)
	case "identityfile":
		c.identities = append(c.identities, path.Base(args[0]))
	case "userknownhostsfile":
		for _, arg := range args {
			if c.knownHosts = append(c.knownHosts, path.Base(arg)); arg == "none" || arg == "/dev/null" {
				c.knownHosts = nil
			}
		}
	}
}

// sshWords splits "Key value", "Key=value" and quoted values.
func sshWords(line string) (string, []string) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", nil
	}
	i := strings.IndexAny(line, " \t=")
	if i < 0 {
		return strings.ToLower(line), nil
	}
	key, rest := strings.ToLower(line[:i]), strings.TrimSpace(line[i:])
	rest = strings.TrimSpace(strings.TrimPrefix(rest, "="))
	if quoted, ok := strings.CutPrefix(rest, `"`); ok {
		word, _, _ := strings.Cut(quoted, `"`)
		return key, []string{word}
	}
	return key, strings.Fields(rest)
}

// matchesHost tells whether a Host line's patterns take a host.
func matchesHost(patterns []string, host string) bool {
	found := false
	for _, p := range patterns {
		p, not := strings.CutPrefix(p, "!")
		if ok, err := path.Match(p, host); err != nil || !ok {
			continue
		}
		if not {
			return false
		}
		found = true
	}
	return found
}
