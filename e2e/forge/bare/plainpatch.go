// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
)

// contextLines is how many lines a patch shows around a change.
const contextLines = 3

// plainDiff is Diff for texts that differ at one place each, where nothing may have been renamed.
func (r *Repo) plainDiff(ctx context.Context, from, to string) ([]FileDiff, bool) {
	files, err := r.plainNames(ctx, from, to, "")
	if err != nil || hasStatus(files, 'A') && hasStatus(files, 'D') {
		return nil, false
	}
	for i := range files {
		was, ok := r.textOf(ctx, files[i].OldMode, files[i].OldSHA)
		is, ok2 := r.textOf(ctx, files[i].Mode, files[i].SHA)
		if !ok || !ok2 || !files[i].patch(was, is) {
			return nil, false
		}
	}
	return files, true
}

func hasStatus(files []FileDiff, status byte) bool {
	return slices.ContainsFunc(files, func(f FileDiff) bool { return f.Status == status })
}

// textOf are the lines of a file; false where it is none, or no text.
func (r *Repo) textOf(ctx context.Context, mode, sha string) ([]string, bool) {
	if sha == Zero {
		return nil, true
	}
	o, err := r.Read(ctx, sha)
	if err != nil || mode == submoduleMode || bytes.IndexByte(o.Data, 0) >= 0 {
		return nil, false
	}
	text := strings.SplitAfter(string(o.Data), "\n")
	if last := len(text) - 1; text[last] == "" {
		text = text[:last]
	}
	return text, true
}

// patch fills in what changed between two texts; false where git may see it otherwise:
// what was there is among what is there now, or what came or went could stand elsewhere.
func (f *FileDiff) patch(was, is []string) bool {
	start := 0
	for start < min(len(was), len(is)) && was[start] == is[start] {
		start++
	}
	end := 0
	for end < min(len(was), len(is))-start && was[len(was)-1-end] == is[len(is)-1-end] {
		end++
	}
	gone, came := was[start:len(was)-end], is[start:len(is)-end]
	if slices.ContainsFunc(gone, func(line string) bool { return slices.Contains(came, line) }) {
		return false
	}
	if some := slices.Concat(gone, came); len(gone) == 0 || len(came) == 0 {
		if len(some) > 0 && start > 0 && some[len(some)-1] == was[start-1] {
			return false
		}
	}
	f.Additions, f.Deletions = len(came), len(gone)
	if len(gone)+len(came) > 0 {
		f.Patch = hunk(was, gone, came, start, end)
	}
	return true
}

// hunk is a patch's only one.
func hunk(was, gone, came []string, start, end int) string {
	above := was[max(0, start-contextLines):start]
	below := was[len(was)-end:]
	below = below[:min(contextLines, len(below))]
	around := len(above) + len(below)
	first := start - len(above)
	var b strings.Builder
	fmt.Fprintf(&b, "@@ -%s +%s @@", span(first, around+len(gone)), span(first, around+len(came)))
	if name := heading(was[:first]); name != "" {
		b.WriteString(" " + name)
	}
	b.WriteByte('\n')
	for _, part := range []struct {
		sign  string
		lines []string
	}{{" ", above}, {"-", gone}, {"+", came}, {" ", below}} {
		for _, line := range part.lines {
			text, ended := strings.CutSuffix(line, "\n")
			b.WriteString(part.sign + text + "\n")
			if !ended {
				b.WriteString("\\ No newline at end of file\n")
			}
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// span is where lines are, and how many.
func span(before, count int) string {
	switch count {
	case 0:
		return fmt.Sprintf("%d,0", before)
	case 1:
		return fmt.Sprint(before + 1)
	}
	return fmt.Sprintf("%d,%d", before+1, count)
}

// maxHeading is how many bytes of a heading git shows.
const maxHeading = 80

// heading is the last of some lines that begins with a letter, as git shows it behind a hunk's place.
func heading(lines []string) string {
	for _, line := range slices.Backward(lines) {
		if c := line[0]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' {
			return strings.TrimRight(line[:min(len(line), maxHeading)], " \t\r\n\v\f")
		}
	}
	return ""
}
