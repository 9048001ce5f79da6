// SPDX-License-Identifier: Apache-2.0

package tasks

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
)

var (
	paramRef  = regexp.MustCompile(`^\$\(params\.([a-z][a-z0-9-]*)(\[\*\])?\)$`)
	resultRef = regexp.MustCompile(`^\$\((?:step\.)?results\.([A-Za-z0-9_-]+)\.path\)$`)
)

// checkArgs parses a step's args with the flags of its binary, each param
// replaced by its default or by a value of the flag's type.
func checkArgs(t *testing.T, u unit, name string, args []string) {
	t.Helper()
	cmd, args := command(t, name, args)
	flags := step.FlagsOf(cmd)
	words := make([]string, 0, len(args))
	for i, arg := range args {
		switch {
		case resultFlag(arg):
			checkResult(t, u, flags, arg)
			words = append(words, arg)
		case paramRef.MatchString(arg):
			checkArray(t, u, flags, args, i)
		default:
			words = append(words, substitute(t, u, flags, arg))
		}
	}
	if err := flags.Parse(words); err != nil {
		t.Errorf("%s: %v in %q", u.file, err, words)
	}
}

// command follows the subcommands that the first args name.
func command(t *testing.T, name string, args []string) (step.Command, []string) {
	t.Helper()
	all := commands()
	i := slices.IndexFunc(all, func(c step.Command) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no binary is named %s", name)
	}
	cmd := all[i]
	for len(args) > 0 {
		i := slices.IndexFunc(cmd.Commands, func(c step.Command) bool { return c.Name == args[0] })
		if i < 0 {
			break
		}
		cmd, args = cmd.Commands[i], args[1:]
	}
	return cmd, args
}

func resultFlag(arg string) bool { return strings.HasPrefix(arg, "--result-") }

func checkResult(t *testing.T, u unit, flags *step.Flags, arg string) {
	t.Helper()
	flag, ref, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
	m := resultRef.FindStringSubmatch(ref)
	if m == nil {
		t.Errorf("%s: %s: want $(results.NAME.path) or $(step.results.NAME.path)", u.file, arg)
		return
	}
	declared := slices.IndexFunc(u.Spec.Results, func(r struct{ Name, Type string }) bool { return r.Name == m[1] })
	made := slices.IndexFunc(flags.Results.Values(), func(v *result.Value) bool { return v.Flag() == flag })
	switch {
	case declared < 0:
		t.Errorf("%s: %s is not in spec.results", u.file, m[1])
	case made < 0:
		t.Errorf("%s: no result has the flag --%s", u.file, flag)
	case flags.Results.Values()[made].Name != m[1]:
		t.Errorf("%s: --%s goes to result %s, want %s", u.file, flag, m[1], flags.Results.Values()[made].Name)
	case flags.Results.Values()[made].Array != (u.Spec.Results[declared].Type == "array"):
		t.Errorf("%s: result %s has the wrong type %q", u.file, m[1], u.Spec.Results[declared].Type)
	}
}

// checkArray wants an array param between its flag and "--", for it spreads
// into words of its own, or into none.
func checkArray(t *testing.T, u unit, flags *step.Flags, args []string, i int) {
	t.Helper()
	m := paramRef.FindStringSubmatch(args[i])
	if m[2] == "" {
		t.Errorf("%s: %s stands alone; write --flag=%s", u.file, args[i], args[i])
		return
	}
	p := findParam(u, m[1])
	if p == nil || p.Type != "array" || !flags.IsArray(m[1]) {
		t.Errorf("%s: %s is no array param or no array flag", u.file, m[1])
	}
	if i == 0 || i == len(args)-1 || args[i-1] != "--"+m[1] || args[i+1] != "--" {
		t.Errorf("%s: want --%s, %s, --", u.file, m[1], args[i])
	}
}

func findParam(u unit, name string) *param {
	for i := range u.Spec.Params {
		if u.Spec.Params[i].Name == name {
			return &u.Spec.Params[i]
		}
	}
	return nil
}

// substitute replaces a param in --flag=$(params.name) by a value that the
// flag must take, and holds the names of both together.
func substitute(t *testing.T, u unit, flags *step.Flags, arg string) string {
	t.Helper()
	flag, ref, ok := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
	m := paramRef.FindStringSubmatch(ref)
	if !ok || m == nil {
		return arg
	}
	p := findParam(u, m[1])
	if p == nil {
		t.Errorf("%s: param %s is not declared", u.file, m[1])
		return arg
	}
	if m[1] != flag {
		t.Errorf("%s: param %s goes to --%s; give both one name", u.file, m[1], flag)
	}
	if s, ok := p.Default.(string); ok && s != "" {
		return "--" + flag + "=" + s
	}
	return "--" + flag + "=" + sample(flags.Lookup(flag))
}

func sample(f *pflag.Flag) string {
	if f == nil {
		return ""
	}
	switch kind := f.Value.Type(); kind {
	case "bool":
		return "true"
	case "int", "int64", "float64", "uint":
		return "1"
	case "duration":
		return "1s"
	case "string", "stringArray", "words":
		return "word"
	default:
		first, _, _ := strings.Cut(kind, "|")
		return first
	}
}
