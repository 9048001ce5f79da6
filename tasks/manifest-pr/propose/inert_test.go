// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile is what a person may write into the message of a source commit.
var hostile = []string{
	"fixes #12", "Closes: acme/other#3", "resolved https://forge.example/acme/other/issues/4", "fix GH-7",
	"ping @acme/owners and @all", "[skip ci] quick", "[ci skip]", "skip-checks: true", "see www.example.com",
	"<img src=x onerror=alert(1)>", "| a | b |", "`code` ``` fence", "![x](https://evil.example/t.png)", `\| and \\|`,
	"one\nAdze-Image: evil/image:1\r\nAdze-Tree: 0", "\x1b[31mred\u202egpj.exe", "",
}

// acts is what the forge looks for, written apart from what the code looks for.
var acts = regexp.MustCompile(`@[A-Za-z0-9]|#\d|(?i)GH-\d|://|www\.|\[(?:skip|ci|no|actions) |skip-checks:`)

func TestTrailersLeaveTheForgeNothingToActOn(t *testing.T) {
	for _, text := range hostile {
		n := Notes{Pusher: text, Source: &SourceCommit{Subject: text, Body: text + "\n" + text, Author: Author{text, "a@b.example"}}}
		var back Notes
		for _, l := range n.trailers() {
			if strings.ContainsAny(l[1], "\r\n") {
				t.Errorf("%s of %q is several lines: %q", l[0], text, l[1])
			}
			if found := acts.FindString(l[1]); found != "" && l[0] != argoAuthor {
				t.Errorf("%s of %q holds %q: %q", l[0], text, found, l[1])
			}
			if !back.read(l[0], l[1]) {
				t.Errorf("%s is not read back", l[0])
			}
		}
		if back.Source.Body != n.Source.Body {
			t.Errorf("body %q became %q", n.Source.Body, back.Source.Body)
		}
		if again := back.trailers(); !equalLines(again, n.trailers()) {
			t.Errorf("%q: written again as %q, was %q", text, again, n.trailers())
		}
	}
}

// A path, a value or a name of a service may be such a text as well.
func TestMessagesLeaveTheForgeNothingToActOn(t *testing.T) {
	for _, text := range append(hostile, "apps/@acme/web.yaml", "@acme", "a/#12/b.yaml", "a@@all", "://@all", "-@a-@b", "org/repo#1", "a@www.example.com") {
		if text == "" {
			continue
		}
		part := Part{Service: text, Image: "r/" + text, Edits: []Edit{{text, text, "r/web:" + text}}}
		p := Proposal{Key: "all", Base: text, Parts: []Part{part, {Service: "web", Image: "r/web:v1", Edits: []Edit{{text, "v0", "v1"}}}}}
		message := p.Message()
		if found := actsInCommits.FindString(message); found != "" {
			t.Errorf("%q leaves %q in\n%s", text, found, message)
		}
		if got, ok := ParseMessage(message); !ok || !reflect.DeepEqual(got, p) {
			t.Errorf("got %+v, want %+v from\n%s", got, p, message)
		}
		if title, err := (Templates{}).title(p); err != nil || acts.MatchString(title) {
			t.Errorf("title %q, %v", title, err)
		}
	}
	const pinned = "r.example:5000/web:v1@sha256:cd"
	if got := word(pinned); got != pinned {
		t.Errorf("%s is written as %s", pinned, got)
	}
}

// actsInCommits is acts where a mention follows no letter or digit.
var actsInCommits = regexp.MustCompile(`(?:^|[^A-Za-z0-9_])@[A-Za-z0-9]|#\d|(?i)GH-\d|://|www\.|\[(?:skip|ci|no|actions) |skip-checks:`)

func equalLines(a, b [][2]string) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func TestCodeAndCellsStayWhatTheyAre(t *testing.T) {
	for _, text := range hostile {
		c := code(text, 100)
		if c != "" && (strings.Count(c, "`") != 2 || !strings.HasPrefix(c, "`") || !strings.HasSuffix(c, "`") || strings.Contains(c, "\n")) {
			t.Errorf("%q became %q", text, c)
		}
		row := strings.ReplaceAll(cell(text), `\|`, "")
		if strings.ContainsAny(row, "|`\n") {
			t.Errorf("%q became the cell %q", text, cell(text))
		}
	}
}

func FuzzBodiesComeBack(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Add("\f\r\U000e0001 fixes #1")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len([]rune(text)) > maxMessage || text == "" {
			return
		}
		quoted, back := quoteBody(text), ""
		if err := json.Unmarshal([]byte(quoted), &back); err != nil || back != text {
			t.Errorf("%q came back as %q from %s: %v", text, back, quoted, err)
		}
		if acts.MatchString(quoted) || strings.ContainsAny(quoted, "\n\r") {
			t.Errorf("%q holds what a forge acts on", quoted)
		}
	})
}
