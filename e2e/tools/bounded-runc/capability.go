// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// names are the capabilities by number, as linux/capability.h has them.
var names = []string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
	"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
	"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
	"CHECKPOINT_RESTORE",
}

// missing lists the capabilities that are not in the bounding set of a
// /proc/PID/status.
func missing(status string) ([]string, error) {
	for line := range strings.Lines(status) {
		value, ok := strings.CutPrefix(line, "CapBnd:")
		if !ok {
			continue
		}
		set, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if err != nil {
			return nil, fmt.Errorf("reading the bounding set: %w", err)
		}
		var absent []string
		for number, name := range names {
			if set&(1<<number) == 0 {
				absent = append(absent, "CAP_"+name)
			}
		}
		return absent, nil
	}
	return nil, fmt.Errorf("reading the bounding set: no CapBnd in %q", status)
}

// bound takes the capabilities out of a config.json or process.json.
func bound(file string, absent []string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text, err = without(text, absent)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600) //nolint:gosec // the file that the caller has runc read
}

// without is the document with the capabilities gone from every set. Numbers
// stay as they are written: some are beyond what a float holds.
func without(text []byte, absent []string) ([]byte, error) {
	var document map[string]json.RawMessage
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if inner, ok := document["process"]; ok { // config.json holds a process.json
		process, err := without(inner, absent)
		if err != nil {
			return nil, err
		}
		document["process"] = process
	}
	if raw, ok := document["capabilities"]; ok {
		var sets map[string][]string
		if err := json.Unmarshal(raw, &sets); err != nil {
			return nil, err
		}
		for name, set := range sets {
			sets[name] = slices.DeleteFunc(set, func(c string) bool { return slices.Contains(absent, c) })
		}
		kept, err := json.Marshal(sets)
		if err != nil {
			return nil, err
		}
		document["capabilities"] = kept
	}
	return json.Marshal(document)
}
