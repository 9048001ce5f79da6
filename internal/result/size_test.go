// SPDX-License-Identifier: Apache-2.0

package result

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tekton "github.com/tektoncd/pipeline/pkg/result"
	"github.com/tektoncd/pipeline/pkg/termination"
)

// carry writes the termination message as Tekton's entrypoint does, and returns
// how many bytes it has; -1 where Tekton refuses it.
func carry(t *testing.T, compressed bool, values []*Value, started string) int {
	t.Helper()
	write := termination.WriteMessage
	if compressed {
		write = termination.WriteCompressedMessage
	}
	file := filepath.Join(t.TempDir(), "termination")
	var results []tekton.RunResult
	for _, v := range values {
		results = append(results, tekton.RunResult{Key: v.Name, Value: v.value, ResultType: tekton.TaskRunResultType})
	}
	// The results come first, the time is put behind them later.
	for _, part := range [][]tekton.RunResult{results, {
		{Key: "StartedAt", Value: started, ResultType: tekton.InternalTektonResultType},
		{Key: "ExitCode", Value: "255", ResultType: tekton.InternalTektonResultType},
	}} {
		var long termination.MessageLengthError
		if err := write(file, part); errors.As(err, &long) {
			return -1
		} else if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return len(text)
}

// names are as many names of services.
func names(r *rand.Rand, count int) *Value {
	words := []string{"account", "billing", "cart", "catalogue", "checkout", "gateway", "ledger", "mail", "order", "rate", "search", "stock"}
	var all []string
	for i := range count {
		all = append(all, fmt.Sprintf("%s-%s-%d", words[r.IntN(len(words))], words[r.IntN(len(words))], i*7))
	}
	v := &Value{Name: "affected", Array: true}
	v.SetArray(all)
	return v
}

// What is said to fit, Tekton takes, whatever the time; what is said not to,
// it refuses or nearly so. With each way of carrying both must occur.
func TestFitsAsTektonCounts(t *testing.T) {
	for _, c := range []carrier{{limit: MaxBytes}, {limit: MaxBytes, compressed: true}} {
		fit, refused := 0, 0
		for seed := range uint64(150) {
			r := rand.New(rand.NewPCG(seed, 3))
			reason := &Value{Name: "reason"}
			reason.Set(strings.Repeat(`"compared" with <the commit before>, `, r.IntN(8)))
			values := []*Value{names(r, 1+r.IntN(700)), reason}
			started := fmt.Sprintf("20%02d-%02d-%02dT%02d:%02d:%02d.%03dZ", r.IntN(99), r.IntN(12), r.IntN(31), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000))
			size := carry(t, c.compressed, values, started)
			err := c.fits(values)
			var e *tooLarge
			switch {
			case err == nil && size < 0:
				t.Errorf("seed %d: %+v: said to fit, and Tekton refuses it", seed, c)
			case err == nil:
				fit++
			case !errors.As(err, &e):
				t.Fatal(err)
			case size > 0 && size < MaxBytes-2*margin:
				t.Errorf("seed %d: %+v: said not to fit, and is %d bytes: %v", seed, c, size, err)
			default:
				refused++
			}
		}
		if fit < 10 || refused < 10 {
			t.Errorf("%+v: %d fit, %d do not", c, fit, refused)
		}
	}
}

func TestRemedies(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, tc := range []struct {
		name  string
		c     carrier
		count int
		want  []string
	}{
		{"compression would help", carrier{limit: MaxBytes}, 256, []string{"enable-termination-message-compression", "sidecar-logs", "split"}},
		{"compression would not", carrier{limit: MaxBytes}, 2000, []string{"sidecar-logs", "split"}},
		{"compression is on", carrier{limit: MaxBytes, compressed: true}, 2000, []string{"sidecar-logs", "split"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.c.fits([]*Value{names(r, tc.count)})
			if !errors.Is(err, ErrTooLarge) {
				t.Fatalf("got %v, want ErrTooLarge", err)
			}
			got := Remedies(err)
			if !slices.EqualFunc(got, tc.want, strings.Contains) {
				t.Errorf("remedies %q, want %q", got, tc.want)
			}
		})
	}
	if err := (carrier{sidecar: true}).fits([]*Value{names(r, 2000)}); err != nil {
		t.Errorf("a sidecar carries it, and it is refused: %v", err)
	}
	if got := Remedies(errors.New("another")); got != nil {
		t.Errorf("remedies %q for another error", got)
	}
}
