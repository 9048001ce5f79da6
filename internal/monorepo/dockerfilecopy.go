// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"encoding/csv"
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// sources are the words of COPY or ADD but the last, which is the target.
func (r *dockerfileReader) sources(n *parser.Node) {
	add, pinned := strings.EqualFold(n.Value, "add"), false
	for _, flag := range n.Flags {
		if sum, ok := strings.CutPrefix(flag, "--checksum="); ok && sum != "" {
			pinned = true
		}
		if from, ok := strings.CutPrefix(flag, "--from="); ok && from != "" && !add {
			r.outside(r.vars.expand(from), n.StartLine)
			return
		}
	}
	for arg := n.Next; arg != nil && arg.Next != nil; arg = arg.Next {
		if parser.MustParseHeredoc(arg.Value) != nil {
			continue
		}
		w := r.vars.expand(arg.Value)
		if !add || !isRemote(w.text) {
			r.copied(inContext(w), n.StartLine)
		}
		if add && !pinned && (isRemote(w.text) || !w.known) {
			r.found.Remote = append(r.found.Remote, Copied{w.text, n.StartLine})
		}
	}
}

// isRemote tells what ADD fetches from the network. A name without a scheme, as
// github.com/x/y, may be a path as well.
func isRemote(source string) bool {
	for _, scheme := range []string{"http://", "https://", "git://", "ssh://", "git@"} {
		if strings.HasPrefix(strings.ToLower(source), scheme) {
			return true
		}
	}
	return false
}

// inContext cleans a source; no source leaves its context, whatever dots it
// has. Of one that holds the name of a platform, the folder before that is
// meant; of one whose value is not known, the whole context.
func inContext(w word) string {
	if !w.known {
		return "."
	}
	source := w.text
	if i := strings.IndexRune(source, platform); i >= 0 {
		source = source[:strings.LastIndexByte("/"+source[:i], '/')]
	}
	source = strings.TrimPrefix(path.Clean("/"+source), "/")
	if source == "" {
		return "."
	}
	return source
}

// mounts are the sources of RUN --mount: of bind mounts, which a mount without
// a type is, the context unless from names a stage or an image.
func (r *dockerfileReader) mounts(n *parser.Node) {
	for _, flag := range n.Flags {
		if options, ok := strings.CutPrefix(flag, "--mount="); ok {
			r.mount(options, n.StartLine)
		}
	}
}

func (r *dockerfileReader) mount(options string, line int) {
	fields, err := csv.NewReader(strings.NewReader(options)).Read()
	if err != nil {
		fields = strings.Split(options, ",")
	}
	kind, source, other := "bind", ".", false
	for _, field := range fields {
		key, value, _ := strings.Cut(field, "=")
		switch strings.ToLower(key) {
		case "type":
			kind = strings.ToLower(r.vars.expand(value).text)
		case "source", "src":
			source = inContext(r.vars.expand(value))
		case "from":
			other = value != ""
			r.outside(r.vars.expand(value), line)
		}
	}
	if !other && (kind == "bind" || kind == "") {
		r.copied(source, line)
	}
}
