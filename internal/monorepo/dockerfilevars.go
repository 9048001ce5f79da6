// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// platform stands in a word where a variable of the platform stood, whose value
// differs from build to build and never leads out of a folder.
const platform = '\x00'

// word is a word of an instruction with its variables replaced.
type word struct {
	text string
	// known tells that all variables have a value, or are the platform's.
	known bool
	// loose is the word with * for each variable that no argument of the
	// build settles; empty where there is none.
	loose string
}

// variables are what ARG and ENV say at some line of a Dockerfile.
type variables struct {
	lex *shell.Lex
	// given are the build's arguments.
	given map[string]string
	// globals are the arguments before the first FROM.
	globals map[string]string
	// args and env are those of the current stage; nil before the first.
	args, env map[string]string
	// open are the names of arguments with a default that a build may replace.
	open map[string]bool
}

func newVariables(escape rune, given map[string]string) *variables {
	return &variables{lex: shell.NewLex(escape), given: given, globals: map[string]string{}, open: map[string]bool{}}
}

// begin starts a stage with the environment of the one that it begins with. An
// argument of that one may or may not come along, so that it counts as unknown.
func (v *variables) begin(env map[string]string) {
	v.args, v.env = map[string]string{}, map[string]string{}
	maps.Copy(v.env, env)
}

// arguments reads ARG: the build's argument comes first, then the default, then
// the argument of that name before the first FROM.
func (v *variables) arguments(n *parser.Node) {
	for arg := n.Next; arg != nil; arg = arg.Next {
		name, value, hasDefault := strings.Cut(arg.Value, "=")
		into := v.args
		if v.args == nil {
			into = v.globals
		}
		delete(into, name)
		if given, ok := v.given[name]; ok {
			into[name] = given
		} else if hasDefault {
			if w := v.expand(value); w.known {
				into[name] = w.text
			}
			v.open[name] = true
		} else if outer, ok := v.globals[name]; ok {
			into[name] = outer
		}
	}
}

// environment reads ENV, whose values may name variables as they were before it.
func (v *variables) environment(n *parser.Node) {
	if v.env == nil {
		return
	}
	words := map[string]word{}
	for name := n.Next; name != nil && name.Next != nil && name.Next.Next != nil; name = name.Next.Next.Next {
		words[name.Value] = v.expand(name.Next.Value)
	}
	for name, w := range words {
		delete(v.env, name)
		delete(v.args, name) // it is hidden, also where its value is not known
		if w.known {
			v.env[name] = w.text
		}
		if v.open[name] = w.loose != ""; !v.open[name] {
			delete(v.open, name)
		}
	}
}

// expand replaces variables in a word of the current stage.
func (v *variables) expand(text string) word {
	if v.args == nil {
		return v.global(text)
	}
	return v.replace(text, v.env, v.args)
}

// global replaces variables in a word of FROM, which sees those before it alone.
func (v *variables) global(text string) word { return v.replace(text, v.globals) }

// replace leaves a word alone that is no text, for the lexer would change it.
func (v *variables) replace(text string, scopes ...map[string]string) word {
	if !utf8.ValidString(text) || strings.ContainsRune(text, platform) {
		return word{}
	}
	values := &lookup{scopes: scopes}
	out, _, err := v.lex.ProcessWord(text, values)
	if err != nil {
		return word{}
	}
	w := word{text: out, known: !values.missed}
	loosened := &lookup{scopes: scopes, open: v.open, loose: true}
	if loose, _, err := v.lex.ProcessWord(text, loosened); err == nil && loosened.missed {
		w.loose = loose
	}
	return w
}

// lookup hands out the values of variables, and notes where one was missing.
type lookup struct {
	scopes []map[string]string
	// loose asks for * in place of whatever a build may set otherwise.
	loose  bool
	open   map[string]bool
	missed bool
}

// Get is part of shell.EnvGetter.
func (l *lookup) Get(name string) (string, bool) {
	for _, scope := range l.scopes {
		value, ok := scope[name]
		settled := !l.open[name] && !strings.ContainsRune(value, platform)
		if ok && (settled || !l.loose) {
			return value, true
		}
	}
	switch {
	case l.loose:
		l.missed = true
		return "*", true
	case isPlatform(name):
		return string(platform), true
	}
	l.missed = true
	return "", false
}

// Keys is part of shell.EnvGetter.
func (l *lookup) Keys() []string {
	var names []string
	for _, scope := range l.scopes {
		names = slices.AppendSeq(names, maps.Keys(scope))
	}
	return names
}

// isPlatform tells the variables that every build has
// (docs.docker.com/reference/dockerfile, automatic platform ARGs).
func isPlatform(name string) bool {
	side, ok := strings.CutPrefix(name, "TARGET")
	if !ok {
		side, ok = strings.CutPrefix(name, "BUILD")
	}
	return ok && slices.Contains([]string{"PLATFORM", "OS", "ARCH", "VARIANT"}, side)
}
