// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestCorpus edits the files of testdata. In an archive stand
//
//	before/NAME, after/NAME  a file and what it becomes; before.yaml is short for before/f.yaml
//	refused/NAME, why/NAME   a file that is refused, and how the refusal begins
//	left/NAME, why/NAME      a file that mentions the image and is left alone, and for each value why
//	kept/NAME                a file that does not name the image
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			checked := 0
			for _, section := range archive.Files {
				checked += checkSection(t, archive, section)
			}
			if checked == 0 {
				t.Error("no section is a case")
			}
		})
	}
}

func checkSection(t *testing.T, archive *txtar.Archive, section txtar.File) (checked int) {
	t.Helper()
	kind, name, _ := strings.Cut(section.Name, "/")
	src := string(section.Data)
	switch kind {
	case "before.yaml":
		edited(t, "f.yaml", src, sectionNamed(t, archive, "after.yaml"))
	case "before":
		edited(t, name, src, sectionNamed(t, archive, "after/"+name))
	case "refused":
		refused(t, name, src, sectionNamed(t, archive, "why/"+name))
	case "left":
		left(t, name, src, sectionNamed(t, archive, "why/"+name))
	case "kept":
		kept(t, name, src)
	case "after.yaml", "after", "why":
		return 0
	default:
		t.Errorf("section %q is of no known kind", section.Name)
	}
	return 1
}

func sectionNamed(t *testing.T, a *txtar.Archive, name string) string {
	t.Helper()
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	t.Fatalf("no section %s", name)
	return ""
}

// edited holds a file to what it should become. Each line end and each kind of
// blank before a comment must not matter.
func edited(t *testing.T, name, before, after string) {
	t.Helper()
	same(t, name, before, after)
	same(t, name, after, after)
	same(t, name, "\ufeff"+before, "\ufeff"+after)
	crlf := strings.NewReplacer("\n", "\r\n")
	same(t, name, crlf.Replace(before), crlf.Replace(after))
	same(t, name, strings.TrimRight(before, "\n"), strings.TrimRight(after, "\n"))
	if looksLikeJSON([]byte(before)) {
		return
	}
	tabs := strings.NewReplacer(" #", "\t#")
	same(t, name, tabs.Replace(before), tabs.Replace(after))
	if !strings.HasPrefix(before, "%") {
		same(t, name, "# Größe ✓ 🚀\n"+before, "# Größe ✓ 🚀\n"+after)
	}
}

func same(t *testing.T, name, before, after string) {
	t.Helper()
	res, err := Open(name, []byte(before)).Set(Want{"admin", image})
	if err != nil {
		t.Errorf("%v in:\n%s", err, before)
		return
	}
	if string(res.Content) != after {
		t.Errorf("%s: got:\n%s\nwant:\n%s", name, res.Content, after)
	}
	if res.Named == 0 || (len(res.Changes) == 0) != (before == after) {
		t.Errorf("%s: %d named, %d changed", name, res.Named, len(res.Changes))
	}
	agreed(t, name, []byte(before), res)
}

func refused(t *testing.T, name, src, why string) {
	t.Helper()
	_, err := Open(name, []byte(src)).Set(Want{"admin", image})
	refusal := (*Refusal)(nil)
	if !errors.As(err, &refusal) || !strings.HasPrefix(err.Error(), strings.TrimSpace(why)) {
		t.Errorf("got  %v\nwant %s", err, why)
	}
}

func left(t *testing.T, name, src, why string) {
	t.Helper()
	res, err := Open(name, []byte(src)).Set(Want{"admin", image})
	if err != nil || string(res.Content) != src || res.Named != 0 {
		t.Errorf("%s: %v, %d named, got:\n%s", name, err, res.Named, res.Content)
	}
	said := ""
	for _, l := range res.Left {
		said += (&Refusal{name, l.Line, l.Column, l.Reason}).Error() + "\n"
	}
	if res.Templated && len(res.Left) == 0 {
		said = name + ": holds template braces\n"
	}
	if said != why {
		t.Errorf("got  %s\nwant %s", said, why)
	}
}

func kept(t *testing.T, name, src string) {
	t.Helper()
	res, err := Open(name, []byte(src)).Set(Want{"admin", image})
	if err != nil || string(res.Content) != src || res.Named != 0 || len(res.Left) != 0 || res.Templated {
		t.Errorf("%s: %v, %+v", name, err, res)
	}
}
