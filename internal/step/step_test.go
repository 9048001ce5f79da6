// SPDX-License-Identifier: Apache-2.0

package step

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/result"
)

type options struct {
	url, mode string
	words     []string
	names     []string
	answer    *result.Value
	end       error
}

func (o *options) AddFlags(f *Flags) {
	f.StringVar(&o.url, "url", "", "where `URL` is")
	f.ChoiceVar(&o.mode, "mode", "fast", []string{"fast", "slow"}, "how to go about it")
	f.ArrayVar(&o.words, "build-arg", "build arguments")
	f.StringArrayVar(&o.names, "name", nil, "a name; repeatable")
	o.answer = f.Result("ANSWER_TEXT", "what came out")
}

func (o *options) Validate() error {
	if o.url == "" {
		return errors.New("--url is missing")
	}
	return nil
}

func (o *options) Run(_ context.Context, env *Env) error {
	o.answer.Set(o.mode)
	env.Log.Info("ran", "words", strings.Join(o.words, "+"), "names", strings.Join(o.names, "+"))
	return o.end
}

func command(end error) Command {
	return Command{Name: "tool", Summary: "does a thing", New: func() Options { return &options{end: end} }, Commands: []Command{
		{Name: "group", Summary: "groups", Commands: []Command{{Name: "leaf", Summary: "is deep", New: func() Options { return &options{} }}}},
	}}
}

func execWords(t *testing.T, end error, args ...string) (Code, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := Execute(t.Context(), command(end), args, &Env{Stdout: &out, Stderr: &errs})
	return code, out.String(), errs.String()
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		name string
		end  error
		args []string
		code Code
		says string
	}{
		{"done", nil, []string{"--url=u"}, CodeDone, "ran"},
		{"failed", errors.New("broke"), []string{"--url=u"}, CodeFailed, "error: broke"},
		{"no", No("refused"), []string{"--url=u"}, CodeNo, "error: refused"},
		{"no answer", NoAnswer("silent"), []string{"--url=u"}, CodeNoAnswer, "error: silent"},
		{"hint", Hint(errors.New("broke"), "mend it"), []string{"--url=u"}, CodeFailed, "hint: mend it"},
		{"unknown flag", nil, []string{"--nope"}, CodeMisused, "unknown flag: --nope"},
		{"bad choice", nil, []string{"--url=u", "--mode=odd"}, CodeMisused, "must be one of fast, slow"},
		{"invalid", nil, nil, CodeMisused, "--url is missing"},
		{"stray argument", nil, []string{"--url=u", "stray"}, CodeMisused, `unexpected argument "stray"`},
		{"subcommand", nil, []string{"group", "leaf", "--url=u"}, CodeDone, "ran"},
		{"no subcommand", nil, []string{"group"}, CodeMisused, "no command given"},
		{"unknown subcommand", nil, []string{"group", "twig"}, CodeMisused, `unknown command "twig"`},
		{"json log", nil, []string{"--url=u", "--log-format=json"}, CodeDone, `"msg":"ran"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, errs := execWords(t, c.end, c.args...)
			if code != c.code || !strings.Contains(errs, c.says) {
				t.Errorf("exit code %d, want %d; stderr:\n%s", code, c.code, errs)
			}
		})
	}
}

func TestArrayFlagTakesWordsUpToTheDashes(t *testing.T) {
	for _, c := range []struct {
		args  []string
		words []string
		rest  []string
	}{
		{[]string{"--build-arg", "a=1", "--odd", "b c", "--", "--url", "u"}, []string{"a=1", "--odd", "b c"}, nil},
		{[]string{"--build-arg", "--", "--url=u"}, nil, nil},
		{[]string{"--build-arg", "", "--", "--url=u"}, nil, nil},
		{[]string{"--build-arg=a=1", "--build-arg", "b", "--"}, []string{"a=1", "b"}, nil},
		{[]string{"--build-arg", "a"}, []string{"a"}, nil},
		{[]string{"--build-arg", "a", "--odd"}, []string{"a", "--odd"}, nil},
		{[]string{"--build-arg", "a", "--build-arg=b", "--"}, []string{"a", "--build-arg=b"}, nil},
		{[]string{"--build-arg", "a", "--", "x", "--", "--build-arg"}, []string{"a"}, []string{"x", "--build-arg"}},
	} {
		o := &options{}
		f := declare("tool", o)
		if err := f.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(o.words, c.words) || !slices.Equal(f.Args(), c.rest) {
			t.Errorf("%q: got %q and %q", c.args, o.words, f.Args())
		}
	}
	for _, args := range [][]string{{"--build-arg", "a", "--build-arg=b"}, {"--build-arg", "--build-arg"}} {
		err := declare("tool", &options{}).Parse(args)
		if err == nil || !strings.Contains(err.Error(), "--build-arg takes all words up to --") || len(Hints(err)) != 1 {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestResultIsWrittenOnRefusalToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answer")
	if code, _, _ := execWords(t, No("refused"), "--url=u", "--result-answer-text="+path); code != CodeNo {
		t.Fatalf("exit code %d", code)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "fast" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestHelpGoesToStdout(t *testing.T) {
	code, out, errs := execWords(t, nil, "--help")
	if code != CodeDone || errs != "" {
		t.Errorf("exit code %d, stderr %q", code, errs)
	}
	for _, want := range []string{"usage: tool [flags]", "--url URL", "--mode fast|slow", "--result-answer-text", "group"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing from:\n%s", want, out)
		}
	}
}

func TestMarkdown(t *testing.T) {
	got := Markdown(command(nil))
	for _, want := range []string{"| `--mode` fast\\|slow | `fast` |", "| `ANSWER_TEXT` | string | what came out |", "`tool group leaf [flags]`"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing from:\n%s", want, got)
		}
	}
	if strings.Contains(got, "--result-answer-text`") {
		t.Error("path flags of results do not belong into the table")
	}
}
