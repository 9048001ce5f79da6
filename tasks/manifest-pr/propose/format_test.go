// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
)

// Whatever a path or a value holds, it is read back, and says nothing else.
func TestAnyMessageIsReadBack(t *testing.T) {
	soak.Each(t, 20, func(t *testing.T, r *rand.Rand) {
		for range 200 {
			p := anyProposal(r)
			if got, ok := ParseMessage(p.Message()); !ok || !reflect.DeepEqual(got, p) {
				t.Fatalf("got %+v\nwant %+v from\n%s", got, p, p.Message())
			}
		}
	})
}

// anyProposal has parts, edits and values of all shapes.
func anyProposal(r *rand.Rand) Proposal {
	p := Proposal{Key: anyWord(r, "k"), Base: anyWord(r, ""), Source: anyWord(r, ""), tree: anyWord(r, "")}
	for i := range 1 + r.IntN(3) {
		part := Part{Service: anyWord(r, "s") + string(rune('a'+i)), Commit: anyWord(r, ""), Image: anyWord(r, "i"), Digest: anyWord(r, "")}
		for range r.IntN(4) {
			part.Edits = append(part.Edits, Edit{anyWord(r, ""), anyWord(r, ""), anyWord(r, "")})
		}
		p.Parts = append(p.Parts, part)
	}
	if len(p.Parts) == 1 && r.IntN(2) == 0 {
		p.Key = p.Parts[0].Service
	}
	return p
}

// anyWord is made of what means something in a message; it begins as asked.
func anyWord(r *rand.Rand, begin string) string {
	pieces := []string{
		"a", "é", " ", ": ", ":", "\n", "\n\n", "\r\n", " → ", "→", `"`, `\`, `\n`, "* ", "* a: b → c", "\t", "\x00", "\xff", "\u2028", "\u202e",
		"Adze-Service: evil\n", "\n\nAdze-Service: evil\nAdze-Image: r/evil:1\n", "Adze-Tree: ", "[Update manifest] ", "sha256:", "admin", "v1",
		"@", "@all", "#1", "GH-1", "://", "www.", "[skip ci]", "skip-checks", "-",
	}
	var b strings.Builder
	b.WriteString(begin)
	for range r.IntN(4) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// What is taken as ours is written again as it was understood.
func FuzzParseMessage(f *testing.F) {
	a := strings.Repeat("a1", 20)
	f.Add(one(a, Part{Service: "admin", Commit: a, Image: "r/admin:v2", Edits: []Edit{{"a\nb.yaml", "", "r/admin:v2"}}}).Message())
	f.Add(Proposal{Key: "all", Parts: []Part{{Service: "a", Image: "r/a:1", Edits: []Edit{{"x", "y", "z"}}}, {Service: "b", Image: "r/b:1"}}}.Message())
	f.Add("[Update manifest] a: b → c\n\n* f: b → c\n\nAdze-Service: a\nAdze-Image: r/a:c\n")
	f.Fuzz(func(t *testing.T, message string) {
		p, ok := ParseMessage(message)
		if !ok {
			return
		}
		if q, ok := ParseMessage(p.Message()); !ok || !reflect.DeepEqual(p, q) {
			t.Errorf("%q is %+v, and its own message %+v, %v", message, p, q, ok)
		}
		if title := p.Title(); strings.ContainsAny(title, "\r\n") || !strings.HasPrefix(title, Prefix) {
			t.Errorf("title %q", title)
		}
	})
}

// A message of a commit that was made before words were quoted and the base was
// named: it is on branches that are open now.
func TestMessagesOfBeforeAreRead(t *testing.T) {
	a, b := strings.Repeat("a1", 20), strings.Repeat("b2", 20)
	message := "[Update manifest] admin: none, a1a1a1a → b2b2b2b\n\n" +
		"* manifests/my admin/app.yaml: \"\" → " + b + "\n* manifests/k.yaml: r.example:5000/admin:" + a + " → r.example:5000/admin:" + b + "\n\n" +
		"Adze-Service: admin\nAdze-Commit: " + b + "\nAdze-Image: r.example:5000/admin:" + b + "\nAdze-Image-Digest: sha256:cd\nAdze-Tree: " + a + "\n"
	want := one(a, Part{Service: "admin", Commit: b, Image: "r.example:5000/admin:" + b, Digest: "sha256:cd", Edits: []Edit{
		{"manifests/my admin/app.yaml", "", b}, {"manifests/k.yaml", "r.example:5000/admin:" + a, "r.example:5000/admin:" + b},
	}})
	for _, m := range []string{message, strings.ReplaceAll(message, "\n", "\r\n"), strings.TrimSpace(message), message + "Co-authored-by: A <a@example.com>\n"} {
		if got, ok := ParseMessage(m); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v from\n%s", got, ok, want, m)
		}
	}
}

// What is not said once, in the last paragraph and whole, is not said.
func TestMessagesThatAreNotOurs(t *testing.T) {
	ours := "[Update manifest] a: b → c\n\n* f: b → c\n\nAdze-Service: a\nAdze-Commit: c\nAdze-Image: r/a:c\nAdze-Base: main\nAdze-Tree: t\n"
	if _, ok := ParseMessage(ours); !ok {
		t.Fatal("ours is not taken as ours")
	}
	for name, m := range map[string]string{
		"another subject":              strings.TrimPrefix(ours, Prefix),
		"trailers before the last":     ours + "\nand more\n",
		"two commits":                  ours + "Adze-Commit: d\n",
		"two images":                   ours + "Adze-Image: r/a:d\n",
		"two bases":                    ours + "Adze-Base: prod\n",
		"two trees":                    ours + "Adze-Tree: u\n",
		"one service twice":            ours + "Adze-Service: a\nAdze-Image: r/a:c\nAdze-Unit: all\n",
		"another service, no image":    ours + "Adze-Service: b\nAdze-Unit: all\n",
		"two services, no unit":        ours + "Adze-Service: b\nAdze-Image: r/b:c\n",
		"edits under no service":       ours + "Adze-Service: b\nAdze-Image: r/b:c\nAdze-Unit: all\n",
		"no image":                     strings.Replace(ours, "Adze-Image: r/a:c\n", "", 1),
		"an empty image":               strings.Replace(ours, "r/a:c", "", 1),
		"a value that is not closed":   strings.Replace(ours, "r/a:c", `"r/a:c`, 1),
		"something after the quotes":   strings.Replace(ours, "r/a:c", `"r/a:c" d`, 1),
		"nothing but a subject":        "[Update manifest] a: b → c",
		"trailers right after subject": "[Update manifest] a: b → c\nAdze-Service: a\nAdze-Image: r/a:c",
	} {
		if p, ok := ParseMessage(m); ok {
			t.Errorf("%s: taken as %+v", name, p)
		}
	}
}
