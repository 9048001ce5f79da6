// SPDX-License-Identifier: Apache-2.0

package step

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/adze-ci/adze/internal/result"
)

// Flags declares a command's flags and results. Flag names are kebab-case and
// equal the Task's params.
type Flags struct {
	*pflag.FlagSet
	// Results are the declared results; each has a path flag.
	Results result.Set

	arrays map[string]bool
}

func newFlags(name string) *Flags {
	f := &Flags{FlagSet: pflag.NewFlagSet(name, pflag.ContinueOnError), arrays: map[string]bool{}}
	f.SortFlags = false
	f.Usage = func() {}
	return f
}

// ArrayVar declares a flag that takes every following word up to "--", none
// included: a Tekton array param must stand alone in args, so that
// `--build-arg`, `$(params.build-arg[*])`, `--` spreads into words of its own.
// `--name=word` adds a single one.
func (f *Flags) ArrayVar(p *[]string, name, usage string) {
	f.arrays[name] = true
	f.VarPF((*wordsValue)(p), name, "", usage)
}

// ChoiceVar declares a flag that takes one of the listed words.
func (f *Flags) ChoiceVar(p *string, name, value string, choices []string, usage string) {
	*p = value
	f.VarPF(&choiceValue{p, choices}, name, "", usage)
}

// Result declares a string result and its path flag.
func (f *Flags) Result(name, usage string) *result.Value {
	return f.addResult(f.Results.Add(name, usage, false))
}

// ResultArray declares an array result and its path flag.
func (f *Flags) ResultArray(name, usage string) *result.Value {
	return f.addResult(f.Results.Add(name, usage, true))
}

func (f *Flags) addResult(v *result.Value) *result.Value {
	f.StringVar(v.Path(), v.Flag(), "", "file for the result "+v.Name+": "+v.Usage)
	return v
}

// IsArray tells whether a flag was declared by ArrayVar.
func (f *Flags) IsArray(name string) bool { return f.arrays[name] }

// Parse parses the command line's words.
func (f *Flags) Parse(args []string) error {
	args, err := f.spread(args)
	if err != nil {
		return err
	}
	return f.FlagSet.Parse(args)
}

// spread rewrites "--array a b --" as "--array=a --array=b". Empty words are
// dropped: Tekton puts one where the list of a step's result is empty. Words
// without an end are a person's, and there another flag is no word.
func (f *Flags) spread(args []string) ([]string, error) {
	var out []string
	for i := 0; i < len(args); i++ {
		name, isFlag := strings.CutPrefix(args[i], "--")
		if name == "" && isFlag {
			return append(out, args[i:]...), nil
		}
		if !isFlag || !f.arrays[name] {
			out = append(out, args[i])
			continue
		}
		words, ended := args[i+1:], false
		if end := slices.Index(words, "--"); end >= 0 {
			words, ended = words[:end], true
		}
		for _, word := range words {
			if !ended && f.names(word) {
				return nil, Hint(fmt.Errorf("--%s takes all words up to --, %s too", name, word), "end its words with --, or write --%s=WORD for each", name)
			}
			if word != "" {
				out = append(out, "--"+name+"="+word)
			}
		}
		i += len(words) + 1
	}
	return out, nil
}

// names tells whether a word is one of the flags.
func (f *Flags) names(word string) bool {
	name, isFlag := strings.CutPrefix(word, "--")
	name, _, _ = strings.Cut(name, "=")
	return isFlag && f.Lookup(name) != nil
}

// wordsValue is the value of an array flag.
type wordsValue []string

func (v *wordsValue) String() string     { return strings.Join(*v, " ") }
func (v *wordsValue) Type() string       { return "words" }
func (v *wordsValue) Set(s string) error { *v = append(*v, s); return nil }

// choiceValue is the value of a flag with a fixed set of words.
type choiceValue struct {
	p       *string
	choices []string
}

func (v *choiceValue) String() string { return *v.p }
func (v *choiceValue) Type() string   { return strings.Join(v.choices, "|") }
func (v *choiceValue) Set(s string) error {
	if !slices.Contains(v.choices, s) {
		return fmt.Errorf("must be one of %s", strings.Join(v.choices, ", "))
	}
	*v.p = s
	return nil
}
