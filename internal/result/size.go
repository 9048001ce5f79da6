// SPDX-License-Identifier: Apache-2.0

package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// MaxBytes is how much the kubelet keeps of a container's termination message,
// by which Tekton carries results:
// https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/
const MaxBytes = 4096

// ErrTooLarge says that the results do not fit into one termination message.
var ErrTooLarge = errors.New("results do not fit into a Tekton termination message")

// entry is one element of the message as Tekton's entrypoint encodes it
// (github.com/tektoncd/pipeline/pkg/result.RunResult).
type entry struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Type  int    `json:"type"`
}

// fits measures the message that would carry these values, with the entries
// that the entrypoint adds of its own.
func fits(values []*Value) error {
	message := []entry{
		{Key: "StartedAt", Value: "2006-01-02T15:04:05.000Z", Type: 3},
		{Key: "ExitCode", Value: "255", Type: 3},
	}
	sizes := make([]string, 0, len(values))
	for _, v := range values {
		message = append(message, entry{Key: v.Name, Value: v.value, Type: 1})
		sizes = append(sizes, fmt.Sprintf("%s %d", v.Name, len(v.value)))
	}
	b, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if len(b) <= MaxBytes {
		return nil
	}
	return fmt.Errorf("%w: %d of %d bytes (%s)", ErrTooLarge, len(b), MaxBytes, strings.Join(sizes, ", "))
}
