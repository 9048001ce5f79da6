// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/adze-ci/adze/internal/step"
)

// The test program is one that measures: it runs the commands for TestRun.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "peak" {
		step.Main(step.Command{Name: "test", New: PeakCommand().New, Commands: []step.Command{PeakCommand()}})
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	spent, answer, err := Run(t.Context(), dir, []string{"WORD=well"}, []string{"sh", "-c", "echo $WORD in $PWD"})
	if err != nil || string(answer) != "well in "+dir+"\n" || spent.Took <= 0 || spent.Memory <= 0 {
		t.Errorf("%+v, %q, %v", spent, answer, err)
	}
	if _, _, err := Run(t.Context(), dir, nil, []string{"false"}); err == nil {
		t.Error("a command that failed is measured")
	}
}

func TestFigures(t *testing.T) {
	for got, want := range map[string]string{
		Thousands(0): "0", Thousands(999): "999", Thousands(1_002_003): "1,002,003",
		Factor[int64](3, 2): "1.5×", Factor(20*time.Second, time.Second): "20×", Factor[int64](5, 0): "5.0×",
		Seconds(1234 * time.Millisecond): "1.23 s",
		Size(1_499):                      "1 kB", Size(9_940_000): "9.9 MB", Size(12_400_000): "12 MB",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestRewrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.md")
	if err := os.WriteFile(file, []byte("a\n"+markBegin+"\nold\n"+markEnd+"\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Rewrite(file, "new\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "a\n"+markBegin+"\n\nnew\n\n"+markEnd+"\nb\n" {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := Between(file); err != nil || text != "\n\nnew\n\n" {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.WriteFile(file, []byte("<!-- bench:x:begin --><!-- bench:x:end -->"+markBegin+markEnd), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Rewrite(file+"#x", "new\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "<!-- bench:x:begin -->\n\nnew\n\n<!-- bench:x:end -->"+markBegin+markEnd {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.WriteFile(file, []byte(markEnd), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Rewrite(file, "x"); err == nil {
		t.Error("a document without marks is rewritten")
	}
}
