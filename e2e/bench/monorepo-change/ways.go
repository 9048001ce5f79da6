// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	wayDeclared   = "monorepo-change, declared graph"
	wayDiscovered = "monorepo-change, graph found in files"
	wayShallow    = "shallow clone, fetch, diff"
)

// ways are all of them. Those of the two GitHub actions are the commands that
// they run for a push after actions/checkout with its defaults.
func ways() []way {
	return []way{
		{wayDeclared, false, adze(declared), changed},
		{wayDiscovered, false, adze(discovered), changed},
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
		return [][]string{{a.binary, "--url=" + a.url, "--revision=" + a.after, "--before=" + a.before, "--branch=main", "--config=" + config, "--output=json"}}
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

// changed reads the count from monorepo-change's JSON. An answer that names all
// services because nothing better could be known is none.
func changed(answer []byte) (int, error) {
	var rep struct {
		All     bool
		Count   int
		Changed int
		Reason  string
	}
	if err := json.Unmarshal(answer, &rep); err != nil {
		return 0, err
	}
	if rep.All || rep.Count == 0 {
		return 0, fmt.Errorf("no answer: %s", rep.Reason)
	}
	return rep.Changed, nil
}
