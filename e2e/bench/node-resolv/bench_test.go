// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/measure"
)

// The README keeps what was measured in the form that the program writes.
func TestReadmeKeepsTheTable(t *testing.T) {
	t.Parallel()
	text, err := measure.Between(filepath.Join("..", "..", "..", readme))
	if err != nil {
		t.Fatal(err)
	}
	_, body, ok := strings.Cut(text, header)
	if !ok {
		t.Fatalf("no table headed\n%s", header)
	}
	line := regexp.MustCompile(`(?m)^\| ([^|]+) \| [\d.]+( s| ms|m| [kM]B) \| [\d.]+( s| ms|m| [kM]B) \|$`)
	var got []string
	for _, m := range line.FindAllStringSubmatch(body, -1) {
		got = append(got, m[1])
	}
	if want := []string{rowMedian, rowLongest, rowCPU, rowAtRest, rowPeak}; !slices.Equal(got, want) {
		t.Errorf("%s has the lines %q, the program writes %q", readme, got, want)
	}
}

func TestDocumentAndVerdict(t *testing.T) {
	t.Parallel()
	r := result{
		Rest: 10 * time.Minute,
		Own:  figures{[]time.Duration{5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond}, 300 * time.Millisecond, 12 << 20, 13 << 20},
		Loop: figures{[]time.Duration{10 * time.Second, 30 * time.Second, time.Minute}, 1200 * time.Millisecond, 6 << 20, 60 << 20},
	}
	text := document(r)
	for _, want := range []string{
		"at rest for 10m, then 3 changes", "| " + rowMedian + " | 10 ms | 30.00 s |", "| " + rowCPU + " | 0.50m | 2.00m |", "| " + rowPeak + " | 14 MB | 63 MB |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if err := r.verdict(); err != nil {
		t.Error(err)
	}
	if got := long(90*time.Second) + " " + long(10*time.Second); got != "1m30s 10s" {
		t.Error(got)
	}
	r.Own = figures{[]time.Duration{2 * time.Second}, time.Minute, 25 << 20, 25 << 20}
	err := r.verdict()
	for _, want := range []string{"followed after 2s", "100.0m of a CPU", "26214400 bytes"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

// What the kernel tells of this very process is understood.
func TestProcess(t *testing.T) {
	t.Parallel()
	spent, err := busy(os.Getpid())
	if err != nil || spent <= 0 {
		t.Errorf("%s, %v", spent, err)
	}
	now, peak, err := resident(os.Getpid())
	if err != nil || now < 1<<20 || peak < 1<<20 {
		t.Errorf("%d, %d, %v", now, peak, err)
	}
	const stat = "7 (a (odd) name) S 1 7 7 0 -1 4194304 100 2000 0 0 5 6 70 8 20 0 1 0"
	if got, err := childTime(stat); err != nil || got != 780*time.Millisecond {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := childTime("7 (short) S"); err == nil {
		t.Error("what is no stat is read")
	}
}

// The stand-in tells a watcher of a change, and only of one that it has not seen.
func TestWatch(t *testing.T) {
	t.Parallel()
	a := newAPI(address(0))
	server := httptest.NewServer(a)
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+servicesPath+"?watch=true&resourceVersion=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // a test's
	a.set(address(1))
	var event struct {
		Type   string
		Object struct{ Spec struct{ ClusterIP string } }
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<10)).Decode(&event); err != nil || event.Type != "MODIFIED" || event.Object.Spec.ClusterIP != address(1) {
		t.Errorf("%+v, %v", event, err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	c := &contender{file: filepath.Join(t.TempDir(), "resolv.conf")}
	for text, want := range map[string]bool{
		"# c\nnameserver 127.77.0.10\nnameserver 127.77.0.11\n": true,
		"nameserver 127.77.0.11\nnameserver 127.77.0.10\n":      false,
		"nameserver 127.77.0.10":                                false, // half-written
		"":                                                      false,
	} {
		if err := os.WriteFile(c.file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := c.names(address(0)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
