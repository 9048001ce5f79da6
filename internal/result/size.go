// SPDX-License-Identifier: Apache-2.0

package result

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// ErrTooLarge says that the results do not fit into one termination message.
var ErrTooLarge = errors.New("results do not fit into a Tekton termination message")

// entry is one element of the message as Tekton's entrypoint encodes it
// (github.com/tektoncd/pipeline/pkg/result.RunResult).
type entry struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Type  int    `json:"type"`
}

// message is what would carry these values, with the entries that the
// entrypoint adds of its own.
func message(values []*Value) ([]byte, error) {
	var entries []entry
	for _, v := range values {
		entries = append(entries, entry{Key: v.Name, Value: v.value, Type: 1})
	}
	return json.Marshal(append(entries,
		entry{Key: "StartedAt", Value: "2006-01-02T15:04:05.000Z", Type: 3},
		entry{Key: "ExitCode", Value: "255", Type: 3}))
}

// margin is by how many bytes the compressed message may turn out longer than
// reckoned, for its time is not known yet.
const margin = 64

// deflated is how many bytes a message is long when Tekton compresses it: a
// mark, and the base64 of its deflation
// (github.com/tektoncd/pipeline/pkg/termination.WriteCompressedMessage).
func deflated(message []byte) (int, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(message); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return len("tknz:") + base64.RawStdEncoding.EncodedLen(out.Len()) + margin, nil
}

// fits holds the message that would carry these values to the limit.
func (c carrier) fits(values []*Value) error {
	if c.sidecar {
		return nil
	}
	text, err := message(values)
	if err != nil {
		return err
	}
	if len(text) <= c.limit {
		return nil
	}
	short, err := deflated(text)
	if err != nil {
		return err
	}
	if c.compressed && short <= c.limit {
		return nil
	}
	return &tooLarge{carrier: c, values: values, plain: len(text), deflated: short}
}

// tooLarge is an ErrTooLarge that tells sizes and remedies.
type tooLarge struct {
	carrier
	values          []*Value
	plain, deflated int
}

func (e *tooLarge) Unwrap() error { return ErrTooLarge }

func (e *tooLarge) Error() string {
	sizes := make([]string, 0, len(e.values))
	for _, v := range e.values {
		sizes = append(sizes, fmt.Sprintf("%s %d", v.Name, len(v.value)))
	}
	size, how := e.plain, ""
	if e.compressed {
		size, how = e.deflated, " when compressed"
	}
	return fmt.Sprintf("%v: %d of %d bytes%s (%s)", ErrTooLarge, size, e.limit, how, strings.Join(sizes, ", "))
}

// Remedies say what an operator of Tekton and the author of a Task can do about
// an ErrTooLarge.
func Remedies(err error) []string {
	var e *tooLarge
	if !errors.As(err, &e) {
		return nil
	}
	var remedies []string
	if !e.compressed && e.deflated <= e.limit {
		remedies = append(remedies, fmt.Sprintf(
			"set enable-termination-message-compression to \"true\" in Tekton's ConfigMap feature-flags: they are %d bytes then", e.deflated))
	}
	return append(remedies,
		"set results-from to sidecar-logs in Tekton's ConfigMap feature-flags, and max-result-size to what the longest needs",
		"or split the work so that they are fewer or shorter: all results of a step share one message")
}
