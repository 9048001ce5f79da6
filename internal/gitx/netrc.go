// SPDX-License-Identifier: Apache-2.0

package gitx

import "strings"

// fromNetrc finds a host's login in the format of ftp's netrc, that of a user
// where one is named: the first entry that fits, default being one for all hosts.
func fromNetrc(host, user, text string) *login {
	words := netrcWords(text)
	for len(words) > 0 {
		fits := words[0] == "default" || words[0] == "machine" && len(words) > 1 && words[1] == host
		if words[0] == "machine" && len(words) > 1 {
			words = words[1:]
		}
		var l login
		if l, words = netrcEntry(words[1:]); fits && l.password != "" && (user == "" || user == l.user) {
			return &l
		}
	}
	return nil
}

// netrcEntry reads up to the next entry.
func netrcEntry(words []string) (l login, rest []string) {
	for len(words) > 0 && words[0] != "machine" && words[0] != "default" {
		if len(words) > 1 {
			switch words[0] {
			case "login":
				l.user, words = words[1], words[1:]
			case "password":
				l.password, words = words[1], words[1:]
			case "account":
				words = words[1:]
			}
		}
		words = words[1:]
	}
	return l, words
}

// netrcWords splits a file into its words; comments and macros, which end with
// an empty line, are left out. A word in quotes may hold blanks.
func netrcWords(text string) []string {
	var words []string
	macro := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if macro = macro && line != ""; macro || strings.HasPrefix(line, "#") {
			continue
		}
		for line != "" {
			var word string
			word, line = netrcWord(line)
			if macro = word == "macdef"; macro {
				break
			}
			words = append(words, word)
		}
	}
	return words
}

func netrcWord(line string) (word, rest string) {
	if line[0] == '"' {
		if word, rest, ok := strings.Cut(line[1:], `"`); ok {
			return word, strings.TrimSpace(rest)
		}
	}
	i := strings.IndexAny(line, " \t")
	if i < 0 {
		return line, ""
	}
	return line[:i], strings.TrimSpace(line[i:])
}
