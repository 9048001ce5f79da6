// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"regexp"
	"strings"
	"testing"
)

func bodyOf(t *testing.T, p Proposal) string {
	t.Helper()
	text, err := Templates{}.body(p, "https://f/o/n", "main", maxBody)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBodyClaimsNoMoreThanIsKnown(t *testing.T) {
	commit := strings.Repeat("b2", 20)
	link := "[`b2b2b2b`](https://f/o/n/commit/" + commit + ")"
	for want, part := range map[string]Part{
		"Service `a` is to run `r/a:v2`.\n":                                                      {Service: "a", Image: "r/a:v2"},
		"Service `a`, built from " + link + ", is to run `r/a:v2`.\n":                            {Service: "a", Image: "r/a:v2", Commit: commit},
		"Service `a` was built from " + link + " and passed its gate as `r/a:v2`, digest `s:x`.": {Service: "a", Image: "r/a:v2", Commit: commit, Digest: "s:x"},
	} {
		if got := bodyOf(t, Proposal{Key: "a", Parts: []Part{part}}); !strings.HasPrefix(got, want) {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	}
}

// The whole text, as a reviewer reads it.
func TestBodyOfSeveralServices(t *testing.T) {
	a, b := strings.Repeat("a1", 20), strings.Repeat("b2", 20)
	p := Proposal{Key: "all", Parts: []Part{
		{Service: "admin", Image: "r/admin:" + b, Commit: b, Digest: "sha256:d", Summary: "2 high, none fixed", Edits: []Edit{{"m/a.yaml", "r/admin:" + a, "r/admin:" + b}}},
		{Service: "user", Image: "r/user:v2", Edits: []Edit{{"m/u.yaml", "", "v2"}, {"m/v.yaml", "v1", "v2"}}},
	}, Notes: Notes{Pusher: "kim", PipelineRun: "ci/run-1", Source: &SourceCommit{Subject: "feat: speed", Author: Author{"Kim", "k@x.example"}}}}
	want := "* Service `admin` was built from [`b2b2b2b`](https://f/o/n/commit/" + b + ") and passed its gate as `r/admin:" + b + "`, digest `sha256:d`. " +
		"[What is new in the source](https://f/o/n/compare/" + a + "..." + b + "). Its scan: `2 high, none fixed`.\n" +
		`* Service ` + "`user` is to run `r/user:v2`." + `

| service | file | from | to |
|---|---|---|---|
| ` + "`admin` | `m/a.yaml` | `a1a1a1a` | `b2b2b2b`" + ` |
| ` + "`user` | `m/u.yaml` | `\"\"` | `v2`" + ` |
| ` + "`user` | `m/v.yaml` | `v1` | `v2`" + ` |

Built from ` + "`feat: speed` by `Kim`, pushed by `kim`, in run `ci/run-1`." + `

This branch is kept up to date until it is merged or closed. A commit of yours on it stops that; a text of yours below stays.
`
	if got := bodyOf(t, p); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestBodyStaysBelowTheForgesLimit(t *testing.T) {
	wide := Edit{strings.Repeat("ä", maxCell), strings.Repeat("|", maxCell), strings.Repeat("`|", maxCell)}
	many := make([]Edit, maxRows+3)
	for i := range many {
		many[i] = wide
	}
	if got := bodyOf(t, Proposal{Parts: []Part{{Service: "a", Image: "r/a:v2", Edits: many}}}); len(got) > maxBody || !regexp.MustCompile(`\| and \d+ more \| \| \| \|\n`).MatchString(got) {
		t.Errorf("%d bytes:\n%s", len(got), got[max(0, len(got)-500):])
	}
	templates, err := ParseTemplates("", strings.Repeat("a line of {{.Key}}\n", 10000), "", "main")
	if err != nil {
		t.Fatal(err)
	}
	got, err := templates.body(Proposal{Key: "a", Parts: []Part{{}}}, "", "main", maxBody)
	if err != nil || len(got) > maxBody || !strings.HasSuffix(got, "\na line of `a`\n…\n") {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// A file's name can hold anything but a zero byte; it stays in its cell. The same
// goes for all else that strangers wrote.
func TestStrangersStayInTheirPlace(t *testing.T) {
	for _, text := range hostile {
		p := Proposal{Key: "a", Notes: Notes{Pusher: text, PipelineRun: text, Source: &SourceCommit{Subject: text, Author: Author{Name: text}}},
			Parts: []Part{{Service: "a", Image: "r/a:v2", Summary: text, Edits: []Edit{{"m/" + text, "x:" + text, text}}}}}
		got := bodyOf(t, p)
		row := regexp.MustCompile("(?m)^\\| `a` \\|.*$").FindString(got)
		if n := len(regexp.MustCompile(`[^\\]\|`).FindAllString(row, -1)); n != 4 {
			t.Errorf("%q: %d columns in %s", text, n, row)
		}
		outside := regexp.MustCompile("`[^`\n]*`").ReplaceAllString(got, "")
		if strings.ContainsAny(outside, "`<>@#[!\x1b") || strings.Contains(outside, "www") {
			t.Errorf("%q: outside of code stands\n%s", text, outside)
		}
	}
}

func TestTemplates(t *testing.T) {
	templates, err := ParseTemplates("{{range .Services}}{{.}} {{end}}to {{.New}}: {{.Subject}}", "{{range .Parts}}{{.Service}} {{end}}{{.Subject}}", "", "main")
	if err != nil {
		t.Fatal(err)
	}
	p := Proposal{Key: "a", Parts: []Part{{Service: "a", Image: "r/a:v2", Edits: []Edit{{"f", "v1", "v2"}}}}, Notes: Notes{Source: &SourceCommit{Subject: "fix: hi @all\n"}}}
	if title, err := templates.title(p); err != nil || title != Prefix+"a to v2: fix: hi @"+joiner+"all" {
		t.Errorf("title %q, %v", title, err)
	}
	if body, err := templates.body(p, "", "main", maxBody); err != nil || body != "`a` `fix: hi @all`" {
		t.Errorf("body %q, %v", body, err)
	}
	for want, texts := range map[string][2]string{
		"the title's template: template: title:1": {"{{.Key", ""},
		"evaluate field Nope":                     {"", "{{.Nope}}"},
		"the body's template":                     {"", "{{index .Parts 7}}"},
	} {
		if _, err := ParseTemplates(texts[0], texts[1], "", "main"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", texts, err, want)
		}
	}
	if title, err := (Templates{}).title(Proposal{Parts: []Part{{Service: "a"}}}); err != nil || !strings.HasPrefix(title, Prefix+"a: ") {
		t.Errorf("title %q, %v", title, err)
	}
	if title, err := mustTitle(t, Prefix+"{{.Key}}").title(p); err != nil || title != Prefix+"a" {
		t.Errorf("title %q, %v", title, err)
	}
}

func mustTitle(t *testing.T, text string) Templates {
	t.Helper()
	templates, err := ParseTemplates(text, "", "", "main")
	if err != nil {
		t.Fatal(err)
	}
	return templates
}
