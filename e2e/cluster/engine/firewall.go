// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/adze-ci/adze/internal/run"
)

// forwarding is the kernel's switch that Docker turns on when it starts.
const forwarding = "/proc/sys/net/ipv4/ip_forward"

// remember notes whether the machine forwarded packets before the daemon ever
// started; a second call changes nothing.
func (p place) remember() error {
	if _, err := os.Stat(p.forwarded()); err == nil {
		return nil
	}
	state, err := os.ReadFile(forwarding)
	if err != nil {
		return fmt.Errorf("reading whether packets are forwarded: %w", err)
	}
	return os.WriteFile(p.forwarded(), state, 0o600) //nolint:gosec // a fixed path
}

// restore takes back what Docker did to the machine's network: its bridge, its
// chains with the rules that lead there, and forwarding if it was off before.
func (p place) restore(ctx context.Context) error {
	if len(running("dockerd")) > 0 || find("iptables") == "" {
		return nil
	}
	var errs []error
	for _, table := range []string{"nat", "filter"} {
		saved, err := run.Command{Path: find("iptables-save"), Args: []string{"-t", table}}.Output(ctx)
		if err != nil {
			return fmt.Errorf("listing the rules of table %s: %w", table, err)
		}
		for _, args := range undo(string(saved)) {
			args = append([]string{"--wait", "--table", table}, args...)
			_, err := run.Command{Path: find("iptables"), Args: args}.Output(ctx)
			errs = append(errs, err)
		}
	}
	if _, err := os.Stat("/sys/class/net/docker0"); err == nil {
		_, err := run.Command{Path: "ip", Args: []string{"link", "delete", "docker0"}}.Output(ctx)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, p.unforward(ctx))...)
}

// unforward turns forwarding off again where Docker turned it on; it then also
// made the policy of FORWARD DROP.
func (p place) unforward(ctx context.Context) error {
	state, err := os.ReadFile(p.forwarded())
	if err != nil || strings.TrimSpace(string(state)) != "0" {
		return nil // it was on, or nothing was started since the machine was
	}
	_, err = run.Command{Path: find("iptables"), Args: []string{"--wait", "--policy", "FORWARD", "ACCEPT"}}.Output(ctx)
	return errors.Join(err, os.WriteFile(forwarding, state, 0o600)) //nolint:gosec // a fixed path
}

// undo lists the iptables arguments that remove Docker's part from a table, as
// iptables-save prints it: rules first, then what is left of the chains.
func undo(saved string) [][]string {
	var rules, flushes, chains [][]string
	for line := range strings.Lines(saved) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case strings.HasPrefix(words[0], ":DOCKER"):
			chain := strings.TrimPrefix(words[0], ":")
			flushes = append(flushes, []string{"--flush", chain})
			chains = append(chains, []string{"--delete-chain", chain})
		case words[0] == "-A" && !strings.HasPrefix(words[1], "DOCKER") && ofDocker(words):
			rules = append(rules, append([]string{"--delete"}, words[1:]...))
		}
	}
	return append(append(rules, flushes...), chains...)
}

// ofDocker reports whether a rule leads to one of Docker's chains or is about
// its bridge.
func ofDocker(words []string) bool {
	for i, word := range words {
		if word == "docker0" || word == "-j" && i+1 < len(words) && strings.HasPrefix(words[i+1], "DOCKER") {
			return true
		}
	}
	return false
}
