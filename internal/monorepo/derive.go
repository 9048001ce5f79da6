// SPDX-License-Identifier: Apache-2.0

package monorepo

// derivers are the readers that the configuration switches on, in the order in
// which what they find is told. That of links is not among them: it follows what
// they found.
func (c *Config) derivers(services []Service) []deriver {
	on := []deriver{&declared{c, services}}
	if c.Derives("dockerfile") {
		on = append(on, newDockerfiles(services))
	}
	if c.Derives("go") {
		on = append(on, newGo(services, c.Derives("dockerfile")))
	}
	if c.Derives("node") {
		on = append(on, newNode(services))
	}
	return on
}
