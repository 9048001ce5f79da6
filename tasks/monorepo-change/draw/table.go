// SPDX-License-Identifier: Apache-2.0

package draw

import (
	"strings"
	"unicode/utf8"
)

// Table aligns the cells of rows, two blanks between columns and none at the
// end of a line. Each line begins with the indent.
func Table(indent string, rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := indent
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// Wrap lays words out in lines of at most so many characters, a longer word on
// a line of its own. Each line begins with the indent.
func Wrap(indent string, width int, words []string) string {
	var b strings.Builder
	line := ""
	for _, word := range words {
		if line != "" && utf8.RuneCountInString(indent+line+word)+1 > width {
			b.WriteString(indent + line + "\n")
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		b.WriteString(indent + line + "\n")
	}
	return b.String()
}
