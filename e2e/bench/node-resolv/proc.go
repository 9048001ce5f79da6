// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 wherever Linux has Go.
const tick = 10 * time.Millisecond

// busy is the processor time of a process so far, with that of children that it
// waited for: proc(5), /proc/PID/task/TID/schedstat in nanoseconds, and of
// /proc/PID/stat cutime and cstime.
func busy(pid int) (time.Duration, error) {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	threads, err := filepath.Glob(filepath.Join(proc, "task", "*", "schedstat"))
	if err != nil || len(threads) == 0 {
		return 0, errors.Join(err, fmt.Errorf("process %d: no times", pid))
	}
	var sum time.Duration
	for _, name := range threads {
		text, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		word, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		sum += time.Duration(n)
	}
	text, err := os.ReadFile(filepath.Join(proc, "stat"))
	if err != nil {
		return 0, err
	}
	children, err := childTime(string(text))
	return sum + children, err
}

// childTime reads cutime and cstime of a /proc/PID/stat.
func childTime(stat string) (time.Duration, error) {
	name := strings.LastIndex(stat, ")")    // which may hold blanks and brackets itself
	fields := strings.Fields(stat[name+1:]) // from field 3 on
	if len(fields) < 15 {
		return 0, fmt.Errorf("stat %q has too few fields", stat)
	}
	user, err := strconv.ParseInt(fields[13], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[14], 10, 64)
	return time.Duration(user+system) * tick, err
}

// resident is the memory of a process and its children in bytes, and the most
// that the process itself ever had.
func resident(pid int) (now, peak int64, err error) {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	text, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		return 0, 0, err
	}
	if now, err = kilobytes(string(text), "VmRSS:"); err != nil {
		return 0, 0, err
	}
	if peak, err = kilobytes(string(text), "VmHWM:"); err != nil {
		return 0, 0, err
	}
	children, err := os.ReadFile(filepath.Join(proc, "task", strconv.Itoa(pid), "children"))
	if err != nil {
		return 0, 0, err
	}
	for word := range strings.FieldsSeq(string(children)) {
		child, err := strconv.Atoi(word)
		if err != nil {
			return 0, 0, err
		}
		its, _, err := resident(child)
		if err != nil {
			return 0, 0, err
		}
		now += its
	}
	return now, peak, nil
}

// kilobytes reads a line of a /proc/PID/status, in bytes.
func kilobytes(status, name string) (int64, error) {
	_, rest, ok := strings.Cut(status, name)
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return 0, fmt.Errorf("no %s in %q", name, status)
	}
	n, err := strconv.ParseInt(fields[0], 10, 64)
	return n * 1024, err
}
