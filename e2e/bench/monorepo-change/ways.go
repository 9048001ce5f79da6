// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
)

// way is a way to learn what a push changed.
type way struct {
	name string
	// checkout tells that it writes all files to the disk.
	checkout bool
	// steps are its commands; the last one's output is the answer.
	steps func(a ask) [][]string
	// count reads from the answer how many files differ.
	count func(answer []byte) (int, error)
}

// ask is a question: about a push, to a server.
type ask struct {
	push
	binary, url string
}

// The ways that the goals are about.
const (
	wayDefault  = "monorepo-change"
	wayLess     = "monorepo-change, Dockerfiles alone"
	wayDeclared = "monorepo-change, declared graph"
	wayShallow  = "shallow clone, fetch, diff"
)

// ways are all of them. Those of the two GitHub actions are the commands that
// they run for a push after actions/checkout with its defaults.
func ways() []way {
	return []way{
		{wayDefault, false, adze(whole), changed},
		{wayLess, false, adze(less), changed},
		{wayDeclared, false, adze(declared), changed},
		{wayShallow, true, func(a ask) [][]string {
			return gits("clone -q --depth=1 --branch=main "+a.url+" .", "fetch -q --depth=1 origin "+a.before, diff(a))
		}, zeros},
		{"as dorny/paths-filter fetches", true, func(a ask) [][]string {
			return append(actionsCheckout(a), gits("fetch -q --depth=1 --no-tags origin "+a.before, diff(a))...)
		}, zeros},
		{"as tj-actions/changed-files fetches", true, func(a ask) [][]string {
			return append(actionsCheckout(a), gits("fetch -q -u --deepen=25 origin +refs/heads/main:refs/remotes/origin/main", diff(a))...)
		}, zeros},
		{"full clone, diff", true, func(a ask) [][]string { return gits("clone -q --branch=main "+a.url+" .", diff(a)) }, zeros},
		{"clone without files (blob:none), diff", false, func(a ask) [][]string {
			return gits("clone -q --no-checkout --filter=blob:none --branch=main "+a.url+" .", diff(a))
		}, zeros},
		{"clone without trees (tree:0), diff", false, func(a ask) [][]string {
			return gits("clone -q --no-checkout --filter=tree:0 --branch=main "+a.url+" .", diff(a))
		}, zeros},
		{"shallow clone without files, fetch, diff", false, func(a ask) [][]string {
			return gits("clone -q --no-checkout --depth=1 --filter=blob:none --branch=main "+a.url+" .", "fetch -q --depth=1 --filter=blob:none origin "+a.before, diff(a))
		}, zeros},
	}
}

func adze(config string) func(ask) [][]string {
	return func(a ask) [][]string {
		return [][]string{{a.binary, "--url=" + a.url, "--revision=" + a.after, "--before=" + a.before, "--branch=main", "--config=" + config}}
	}
}

// actionsCheckout is what actions/checkout does with its defaults.
func actionsCheckout(a ask) [][]string {
	return gits("init -q .", "remote add origin "+a.url,
		"fetch -q --no-tags --prune --depth=1 origin +"+a.after+":refs/remotes/origin/main",
		"checkout -q --force -B main refs/remotes/origin/main")
}

func diff(a ask) string { return "diff -z --no-renames --name-only " + a.before + " " + a.after }

func gits(lines ...string) [][]string {
	var out [][]string
	for _, line := range lines {
		var words []string
		for _, word := range bytes.Fields([]byte("git " + line)) {
			words = append(words, string(word))
		}
		out = append(out, words)
	}
	return out
}

// zeros counts the paths of git diff -z.
func zeros(answer []byte) (int, error) { return bytes.Count(answer, []byte{0}), nil }

// differ is how monorepo-change tells how many files differ.
var differ = regexp.MustCompile(`, (\d+) files differ`)

// changed reads it. An answer without it names all services, because nothing
// better could be known, and is none.
func changed(answer []byte) (int, error) {
	m := differ.FindSubmatch(answer)
	if m == nil {
		first, _, _ := bytes.Cut(answer, []byte{'\n'})
		return 0, fmt.Errorf("no answer: %s", first)
	}
	return strconv.Atoi(string(m[1]))
}
