// SPDX-License-Identifier: Apache-2.0

package result

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// carrier is how Tekton takes results out of the pod of a step.
//
// Nothing has to be configured for it: the process that Tekton starts a step
// with reads the results' files when the step has ended, and its own words say
// what it will do with them (github.com/tektoncd/pipeline/cmd/entrypoint).
// Where they cannot be read, a plain termination message is reckoned with,
// which never holds more than Tekton would take.
type carrier struct {
	// sidecar: a container of its own reads the results, and Tekton holds each to
	// max-result-size ("results-from: sidecar-logs" in feature-flags).
	sidecar bool
	// compressed: the message is deflated where that makes it shorter
	// ("enable-termination-message-compression" in feature-flags).
	compressed bool
	// limit is how many bytes of the message the kubelet keeps.
	limit int
}

const (
	// MaxBytes is how much the kubelet keeps of a container's termination message,
	// by which Tekton carries results:
	// https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/
	MaxBytes = 4096
	// podBytes is how much it keeps of all containers of a pod, in equal shares.
	podBytes = 3 * MaxBytes
	// ancestors bounds the search for Tekton's process.
	ancestors = 32
)

// findCarrier reads from the file system root how the results of a process
// whose parent is pid are carried.
func findCarrier(root fs.FS, pid int) carrier {
	c := carrier{limit: MaxBytes}
	// Tekton mounts a folder of every step into each of them. Beside the steps there
	// is one container at least, which ended before they began.
	if steps, err := fs.Glob(root, "tekton/run/*"); err == nil {
		c.limit = min(c.limit, podBytes/(len(steps)+1))
	}
	for range ancestors {
		if words, ok := entrypoint(root, pid); ok {
			c.sidecar = flag(words, "result_from") == "sidecar-logs"
			c.compressed = flag(words, "compress_termination_message") == "true"
			break
		}
		if pid = parent(root, pid); pid == 0 {
			break
		}
	}
	return c
}

// entrypoint are the words that a process gives itself, where it is Tekton's.
// Behind "--" follow those of the step.
func entrypoint(root fs.FS, pid int) (words []string, ok bool) {
	text, err := fs.ReadFile(root, path.Join("proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return nil, false
	}
	words = strings.Split(string(text), "\x00")
	if i := slices.Index(words, "--"); i >= 0 {
		words = words[:i]
	}
	return words, words[0] == "/tekton/bin/entrypoint"
}

// flag is the value of a flag, written in one word or in two.
func flag(words []string, name string) string {
	for i, word := range words {
		word, value, ok := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case word != name:
		case ok:
			return value
		case i+1 < len(words):
			return words[i+1]
		}
	}
	return ""
}

// parent is the id of a process's parent; 0 where there is none.
func parent(root fs.FS, pid int) int {
	text, err := fs.ReadFile(root, path.Join("proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if value, ok := strings.CutPrefix(line, "PPid:"); ok {
			id, err := strconv.Atoi(strings.TrimSpace(value))
			if err == nil {
				return id
			}
		}
	}
	return 0
}
