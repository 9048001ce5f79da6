// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// watched is a view and what it says.
func watched(target int, texts ...string) (*view, *bytes.Buffer) {
	var all []recipe.Instruction
	stage := -1
	for i, text := range texts {
		if strings.HasPrefix(text, "FROM") {
			stage++
		}
		all = append(all, recipe.Instruction{File: "Dockerfile", Line: i + 1, Text: text, Stage: stage})
	}
	out := &bytes.Buffer{}
	return newView(slog.New(slog.NewTextHandler(out, nil)), stagesOf(all), target), out
}

func TestProgress(t *testing.T) {
	v, out := watched(1, "FROM a", "RUN x", "FROM b AS c", "RUN x", "FROM d", "RUN y")
	v.entry("info", "Building stage 'a' [idx: '0', base-idx: '-1']")
	v.entry("info", "RUN x")
	v.began = v.heard.Add(-90 * time.Second)
	v.entry("info", "Building stage 'b' [idx: '1', base-idx: '-1']")
	v.entry("info", "RUN x")
	v.began = time.Now().Add(-3 * time.Second)
	v.flush()
	for _, want := range []string{"stage 1/2 from a", "Dockerfile:2 RUN x\" step=2/4", "Dockerfile:2 took 1m30s", "stage 2/2 from b", "Dockerfile:4 RUN x\" step=4/4", "Dockerfile:4 took 3"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing from\n%s", want, out)
		}
	}
}

func TestHeartbeat(t *testing.T) {
	v, out := watched(0, "FROM a", "RUN x")
	v.current = 1
	v.beat(v.heard.Add(silence-1), memory{1 << 30, 2 << 30})
	if out.Len() > 0 {
		t.Errorf("too early: %s", out)
	}
	v.beat(v.heard.Add(silence), memory{1 << 30, 2 << 30})
	if !strings.Contains(out.String(), `still building" at="Dockerfile:2 RUN x" for=30s memory="1.0 of 2.0 GiB"`) {
		t.Errorf("got %s", out)
	}
	out.Reset()
	for range 2 { // it is said once
		v.beat(v.heard, memory{19 << 30, 20 << 30})
	}
	if strings.Count(out.String(), "memory is nearly used up") != 1 || !strings.Contains(out.String(), "hint=") {
		t.Errorf("got %s", out)
	}
}

func TestMemory(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  memory
		kills int
		told  bool
	}{
		{"v2", map[string]string{"memory.current": "300\n", "memory.max": "1000\n", "memory.stat": "file 120\ninactive_file 100\n", "memory.events": "oom 2\noom_kill 1\n"}, memory{200, 1000}, 1, true},
		{"v2 without a limit", map[string]string{"memory.current": "300\n", "memory.max": "max\n"}, memory{300, 0}, 0, false},
		{"v1", map[string]string{"memory/memory.usage_in_bytes": "300\n", "memory/memory.limit_in_bytes": "1000\n", "memory/memory.stat": "inactive_file 7\ntotal_inactive_file 100\n", "memory/memory.oom_control": "under_oom 0\noom_kill 3\n"}, memory{200, 1000}, 3, true},
		{"v1 without a limit", map[string]string{"memory/memory.usage_in_bytes": "300\n", "memory/memory.limit_in_bytes": "9223372036854771712\n"}, memory{300, 0}, 0, false},
		{"nothing is told", nil, memory{}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "memory"), 0o700); err != nil {
				t.Fatal(err)
			}
			for file, text := range c.files {
				write(t, filepath.Join(dir, file), text)
			}
			got, ok := readMemory(dir)
			kills, told := oomKills(dir)
			if got != c.want || ok != (c.files != nil) || kills != c.kills || told != c.told {
				t.Errorf("got %v, %v, %d, %v", got, ok, kills, told)
			}
		})
	}
}
