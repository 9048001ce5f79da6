// SPDX-License-Identifier: Apache-2.0

package engine

import "path/filepath"

// place is where a daemon of adze's own has its files.
type place struct {
	data string // survives a restart of the machine
	run  string // does not
}

// machine is the one place on a machine.
var machine = place{data: "/var/lib/adze", run: "/run/adze"}

func (p place) root() string    { return filepath.Join(p.data, "docker") }
func (p place) log() string     { return filepath.Join(p.data, "dockerd.log") }
func (p place) config() string  { return filepath.Join(p.data, "daemon.json") }
func (p place) runtime() string { return filepath.Join(p.data, "bounded-runc") }
func (p place) exec() string    { return filepath.Join(p.run, "docker") }
func (p place) socket() string  { return filepath.Join(p.run, "docker.sock") }
func (p place) pidfile() string { return filepath.Join(p.run, "docker.pid") }
func (p place) lock() string    { return filepath.Join(p.run, "lock") }

// forwarded is where remember keeps what it saw.
func (p place) forwarded() string { return filepath.Join(p.run, "ip_forward") }
