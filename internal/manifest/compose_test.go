// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// A composition is a file put together at random, of which it is known by
// construction which bytes an edit may change. In its pieces ‹ref›, ‹tag› and
// ‹digest› stand where a value is the image's; what is between braces is a name of
// the piece's own. ‹bare› is a tag of JSON that is no text, and ‹none› one that
// is not there.
type composition struct {
	name, text string
	// json says that the file is JSON; then what is set has quotes.
	json bool
}

// pieces are the entries of a mapping, each with all the lines that belong to it.
var pieces = []string{
	"image: ‹ref›\n",
	"image:   \"‹ref›\"   # why\n",
	"spec: {a: [1, ü], image: '‹ref›' , b: c}\n",
	"image: |-\n  ‹ref›\nafter: |\n  image: ‹decoy›\n\n",
	"image: >\n\n   ‹ref›\n\n\n",
	"list: [{image: ‹ref›}, {image: ‹ref›},\n  {\"image\":\"‹ref›\"}]\n",
	"🚀: é\nimage: !!str ‹ref›\n",
	"image:\n    ‹ref›\n",
	"image: # why\n\n  # and so\n  ‹ref› # there\n",
	"first:\n  image: &{a} ‹ref›\nsecond: {image: *{a}}\n",
	"image: &{a} # why\n  \"‹ref›\"\n",
	"x-values: {one: &{a} '‹ref›'}\nimage: *{a}\n",
	"base: &{b}\n  image: ‹ref›\n  x: y\nuser:\n  <<: *{b}\n  x: z\n",
	"volumes: [{image: {reference: ‹ref›, pullPolicy: Always}}]\n",
	"image:\n  repository: ‹repository›\n  tag: ‹tag›\n  digest: ‹digest›\n",
	"image: {registry: \"reg.example:5000\", repository: library/admin, digest: \"‹digest›\" , tag: '‹tag›'}\n",
	"image: &{a} {repository: ‹repository›, tag: ‹tag›, digest: '‹digest›'}\nother: {image: *{a}}\n",
	"value: ‹tag› # {\"$imagepolicy\": \"flux-system:admin:tag\"}\n",
	"list:\n  - \"‹ref›\" # adze: admin\n  - ‹digest› # adze: admin:digest\n",
	// What is another's, or nobody's.
	"image: other.example/admin:old\n",
	"image: ‹repository›-two:old\n",
	"image: {repository: ‹repository›/two, tag: old, digest: x}\n",
	"value: ‹decoy›\nargs: [\"--image=‹decoy›\", image, ‹decoy›]\n",
	"# image: ‹decoy›\nx: y # ‹decoy›\n",
	"text: |\n  image: ‹decoy›\n   \n",
	"value: old # {\"$imagepolicy\": \"flux-system:other:tag\"}\n",
	"\n\na: \"x\\\n   y\"\n   \n# c\n\n", "yes: 0777\n", "? b\n: - c\n  -  d\n",
}

// byTagPieces name a tag and no digest, which is refused where a digest is wanted.
var byTagPieces = []string{
	"image:\n  repository: ‹repository›\n  tag: ‹tag›\n  pullPolicy: Always\n",
	"image: {registry: reg.example:5000/library, tag: ‹tag›, repository: admin} # why\n",
	"image: {repository: ‹repository›, tag: \"‹tag›\", digest: ''}\n",
	"image: ‹repository›\ntag: ‹tag›\n",
	"image:\n  repository: ‹repository›\n  tag:‹none› # the chart's own\n  x:\n",
	"image: {tag:‹none› , repository: ‹repository›}\n",
}

var kustomizations = []string{
	"- name: x\n  newName: ‹repository› # ours\n  newTag: ‹tag›\n  digest: \"‹digest›\"\n",
	"- {name: ‹repository›, digest: '‹digest›'}\n",
	"- name: ‹repository›\n  newName: elsewhere.example/admin\n  newTag: old\n",
}

// compose makes a file.
func compose(r *rand.Rand, byTag bool) composition {
	c := &composer{Rand: r, pieces: pieces}
	if byTag {
		c.pieces = append(byTagPieces, pieces...)
	}
	switch r.IntN(8) {
	case 0:
		return composition{"f.json", c.json(0) + "\n", true}
	case 1:
		return c.finish("base/kustomization.yaml", "resources: [a.yaml]\nimages:\n"+c.some(3, func() string { return choose(r, kustomizations) })+"# end\n")
	case 2:
		text := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages:\n" + c.some(3, func() string { return "  " + indent(choose(r, kustomizations), 2) })
		return c.finish("k.yaml", text)
	}
	docs := c.some(3, func() string {
		return choose(r, []string{"---\n", "--- # c\n\n", "...\n---\n"}) + choose(r, []func(int) string{c.sequence, c.mapping})(0)
	})
	return c.finish("f.yaml", strings.TrimPrefix(strings.TrimPrefix(docs, "...\n"), choose(r, []string{"", "---\n"})))
}

type composer struct {
	*rand.Rand
	pieces  []string
	anchors int
}

func choose[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (c *composer) some(atMost int, text func() string) string {
	var b strings.Builder
	for range 1 + c.IntN(atMost) {
		b.WriteString(text())
	}
	return b.String()
}

// piece gives a piece with anchors of its own.
func (c *composer) piece() string {
	c.anchors++
	return strings.NewReplacer("{a}", fmt.Sprintf("a%d", c.anchors), "{b}", fmt.Sprintf("b-%d", c.anchors)).Replace(choose(c.Rand, c.pieces))
}

// entry is a piece, or more of them below it.
func (c *composer) entry(depth int) string {
	switch c.IntN(6 + 4*depth) {
	case 0:
		return "items:\n" + c.sequence(depth+1)
	case 1:
		return "spec:\n  " + indent(c.mapping(depth+1), 2)
	}
	return c.piece()
}

func (c *composer) sequence(depth int) string {
	return c.some(4, func() string {
		e := c.entry(depth)
		if strings.HasPrefix(e, "\n") || strings.HasPrefix(e, "#") {
			return "-\n  " + indent(e, 2)
		}
		return "- " + indent(e, 2)
	})
}

func (c *composer) mapping(depth int) string {
	n := 0
	return c.some(4, func() string {
		n++
		by := 1 + c.IntN(4)
		return fmt.Sprintf("k%d:\n%s", n, strings.Repeat(" ", by)) + indent(c.entry(depth), by)
	})
}

// indent moves all lines but the first.
func indent(text string, by int) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if i > 0 && strings.TrimSpace(line) != "" {
			lines[i] = strings.Repeat(" ", by) + line
		}
	}
	return strings.Join(lines, "")
}

// besides is a comment behind something.
var besides = regexp.MustCompile(`(\S) +#`)

// finish ends lines, and parts comments from values, in one of the ways there are.
func (c *composer) finish(name, text string) composition {
	switch c.IntN(5) {
	case 0:
		text = strings.ReplaceAll(text, "\n", "\r\n")
	case 1:
		text = "\ufeff" + text
	case 2:
		text = strings.TrimRight(text, " \n")
	case 3:
		text = besides.ReplaceAllString(text, "$1\t#")
	}
	return composition{name: name, text: text}
}

// json is a value with blanks wherever they may be.
func (c *composer) json(depth int) string {
	blank := func() string { return choose(c.Rand, []string{"", "", " ", "\n\t", "\r\n  "}) }
	var b strings.Builder
	for i := range 1 + c.IntN(4) {
		value := choose(c.Rand, []string{"1", "-2.5e3", "null", `"ü\u00e4\ud83d\ude00\/"`, `"‹decoy›"`, "[]", `{"image":null}`})
		if depth < 4 && c.IntN(2) == 0 {
			value = c.json(depth + 1)
		}
		entry := choose(c.Rand, []string{
			`"image"` + blank() + `:` + blank() + `"‹ref›"`,
			`"image":{"repository":"‹repository›","tag":` + choose(c.Rand, []string{`"‹tag›"`, `‹bare›`}) + blank() + `,"digest":"‹digest›"}`,
			fmt.Sprintf(`"k":%s%s`, blank(), value), fmt.Sprintf(`"k":[%s%s]`, value, blank()),
		})
		if i > 0 {
			b.WriteString(blank() + "," + blank())
		}
		b.WriteString("{" + blank() + entry + blank() + "}")
	}
	return "[" + blank() + b.String() + blank() + "]"
}

var slot = regexp.MustCompile(`‹[a-z]+›`)

// filled is the file with an image in its slots; decoys hold another that does not change.
func (c composition) filled(img, decoy Image) string {
	return slot.ReplaceAllStringFunc(c.text, func(name string) string {
		switch name {
		case "‹repository›":
			return repository
		case "‹decoy›":
			return decoy.Reference()
		case "‹bare›":
			return "123"
		case "‹none›":
			return ""
		}
		return value(name, img)
	})
}

func value(slot string, img Image) string {
	return map[string]string{"‹ref›": img.Reference(), "‹tag›": img.Tag, "‹digest›": img.Digest, "‹bare›": img.Tag}[slot]
}

// pattern is what the file must be once an image is set: byte by byte the same
// outside of the slots, and in them the new values, in quotes where those may
// be needed. It says also how many there are.
func (c composition) pattern(img, decoy Image) (*regexp.Regexp, int) {
	var b strings.Builder
	at, slots := 0, 0
	for _, span := range slot.FindAllStringIndex(c.text, -1) {
		name := c.text[span[0]:span[1]]
		b.WriteString(regexp.QuoteMeta(c.text[at:span[0]]))
		at = span[1]
		switch name {
		case "‹repository›", "‹decoy›":
			b.WriteString(regexp.QuoteMeta(composition{text: name}.filled(img, decoy)))
			continue
		case "‹bare›":
			b.WriteString(`"` + regexp.QuoteMeta(img.Tag) + `"`)
		case "‹none›":
			b.WriteString(` "?` + regexp.QuoteMeta(img.Tag) + `"?`)
		case "‹tag›":
			b.WriteString(`"?` + regexp.QuoteMeta(img.Tag) + `"?`)
		default:
			b.WriteString(regexp.QuoteMeta(value(name, img)))
		}
		slots++
	}
	return regexp.MustCompile(`^(?s:` + b.String() + regexp.QuoteMeta(c.text[at:]) + `)$`), slots
}
