// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/adze-ci/adze/e2e/measure"
	"github.com/adze-ci/adze/e2e/measure/counted"
)

// The images are the same each time, and differ in one layer.
func TestImages(t *testing.T) {
	t.Parallel()
	const size = layers * 1000
	one, two := t.TempDir(), t.TempDir()
	i, err := makeImages(one, size)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := makeImages(two, size); err != nil || again.digest != i.digest {
		t.Errorf("made again it is %s, %v, at first it was %s", again.digest, err, i.digest)
	}
	all, common := 0, 0
	for name := range blobs(t, i.after) {
		all++
		if blobs(t, i.before)[name] {
			common++
		}
	}
	// A config and a manifest are not layers.
	if all != layers+2 || common != layers-1 {
		t.Errorf("%d of %d blobs are in common", common, all)
	}
	index, err := layout.ImageIndexFromPath(i.after)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
}

func blobs(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(dir, "blobs", "sha256"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range files {
		names[f.Name()] = true
	}
	return names
}

// A tag that moves a layer is no good, nor is a copy that could be mounted.
func TestVerdict(t *testing.T) {
	t.Parallel()
	for task, good := range map[string]bool{taskTag: false, taskPromote: false, taskTransfer: true} {
		rows := []row{{task, wayOwn, counted.Figures{Received: 1000}}}
		if err := verdict(rows, layers*1001); err != nil {
			t.Errorf("%s without a layer: %v", task, err)
		}
		if err := verdict(rows, layers*1000); (err == nil) != good {
			t.Errorf("%s with a layer: %v", task, err)
		}
	}
}

// To be slower than crane is no good where all layers move.
func TestVerdictOnTime(t *testing.T) {
	t.Parallel()
	for task, peer := range map[string]string{taskNew: wayCrane, taskTransfer: wayCraneCopy, taskAgain: ""} {
		rows := []row{{task, wayOwn, counted.Figures{Spent: measure.Spent{Took: 2}}}, {task, peer, counted.Figures{Spent: measure.Spent{Took: 1}}}}
		if err := verdict(rows, layers); (err == nil) != (peer == "") {
			t.Errorf("%s: %v", task, err)
		}
	}
}

// The README keeps what was measured in the form that the program writes.
func TestReadmeKeepsTheTable(t *testing.T) {
	t.Parallel()
	text, err := measure.Between(filepath.Join("..", "..", "..", readme))
	if err != nil {
		t.Fatal(err)
	}
	_, body, ok := strings.Cut(text, header)
	if !ok {
		t.Fatalf("%s has no table headed\n%s", readme, header)
	}
	line := regexp.MustCompile(`^\| ([^|]+ \| [^|]+) \| [\d.]+ s \| [\d.]+× \| [\d.]+ s( \| [\d.]+ [kM]B){3} \|$`)
	var got, want []string
	for l := range strings.Lines(body) {
		m := line.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil {
			break
		}
		got = append(got, m[1])
	}
	for _, t := range tasks() {
		for _, w := range t.ways {
			want = append(want, t.name+" | "+w.name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has the lines\n%s\nthe program writes\n%s", readme, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
