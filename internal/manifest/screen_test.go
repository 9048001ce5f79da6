// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// api is an image whose name stands in every manifest, as a part of other words.
var api = Want{Service: "api", Image: Image{Repository: "reg.example:5000/library/api", Tag: "new"}}

func TestScreen(t *testing.T) {
	for src, want := range map[string]string{
		"apiVersion: v1\nkind: Pod\nname: api\n":                             "",
		"apiVersion: v1\nimage: reg.example:5000/library/web:1\nname: api\n": "",
		"image: reg.example:5000/library/api:old\n":                          "written",
		"image: reg.example:5000/library/api-two:old\n":                      "",
		"image: my-reg.example:5000/library/api:old\n":                       "",
		"image: docker://reg.example:5000/library/api:old\n":                 "written",
		"# reg.example:5000/library/api\n":                                   "written",
		"registry: reg.example:5000\nrepository: library/api\n":              "written",
		"imageRegistry: reg.example:5000/library\nrepository: api\n":         "written",
		"registry: other.example\nrepository: library/api\n":                 "",
		`{"image":"reg.example:5000\/library\/api:old"}`:                     "written",
		`image: "reg.example:5000/library/\x61pi:old"`:                       "written",
		`image: "reg.example:5000\u002flibrary\U0000002Fapi:old"`:            "written",
		"image: \"reg.example:5000/\\\r\n   library/api:old\"":               "written",
		`a: "\u00"`: "", `a: "\`: "",
		"image: ${REGISTRY}/library/api:old\n":                     "hinted",
		"image: $(REGISTRY)/library/api:old\n":                     "hinted",
		"image: {{ .Registry }}/api:old\n":                         "hinted",
		"name: ${NAME}\napiVersion: v1\n":                          "",
		"tag: old # {\"$imagepolicy\": \"flux-system:api:tag\"}\n": "written",
		"tag: old # adze: api:tag\n":                               "written",
		"tag: old # adze: web:tag\napiVersion: v1\n":               "",
	} {
		for name, text := range map[string][]byte{"UTF-8": []byte(src), "UTF-16LE": utf16Text(binary.LittleEndian, src), "UTF-16BE": utf16Text(binary.BigEndian, src), "UTF-16LE without a mark": utf16Text(binary.LittleEndian, src)[2:]} {
			s, got := newScreen(text), ""
			switch {
			case s.writes(api):
				got = "written"
			case s.hints(api):
				got = "hinted"
			}
			if got != want || len(s.mentioned([]Want{api})) == 1 != (want != "") {
				t.Errorf("%s %q: got %q, want %q", name, src, got, want)
			}
		}
	}
}

func utf16Text(order binary.AppendByteOrder, text string) []byte {
	b := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return b
}

// What does not name the image is neither parsed nor an error, whatever its state.
func TestOthersFilesAreNotParsed(t *testing.T) {
	for _, src := range []string{
		"apiVersion: v1\nname: api\nbroken: [\n", "apiVersion: v1\n{{- if .api }}\nname: api\n{{- end }}\n", "image: ${X}/api:old\nbroken: [\n",
		"{{- if .x }}\nname: {{ .Release.Name }}\nkind: api\n", "\xff\xfea",
		"{{- if .x }}\nimagePullSecrets: {{ .Values.secrets }} # api\n{{- end }}\nname: api\n",
		"{{- if .x }}\nimage: {{ include \"api.image\" . }}\n{{- end }}\n",
	} {
		m := Open("f.yaml", []byte(src))
		if res, err := m.Set(api); err != nil || res.Templated || res.Named != 0 || len(res.Left) != 0 {
			t.Errorf("%q: %v, %+v", src, err, res)
		}
	}
	src := []byte(strings.Repeat("apiVersion: v1\nkind: Service\nname: api\nimage: reg.example:5000/library/web:1\n", 50))
	if n := testing.AllocsPerRun(10, func() { set(t, src, api) }); n > 5 {
		t.Errorf("a file without the image took %v allocations, so it was parsed", n)
	}
}

func set(tb testing.TB, src []byte, wants ...Want) Result {
	tb.Helper()
	res, err := Open("f.yaml", src).Set(wants...)
	if err != nil {
		tb.Fatal(err)
	}
	return res
}

func TestTemplatesAreLeftAloneAndSaid(t *testing.T) {
	const ref = "reg.example:5000/library/api"
	for src, want := range map[string]string{
		"{{- if .x }}\nimage: " + ref + ":old\n{{- end }}\n":                "templated",
		"{{- if .x }}\nimage: {{ .Values.registry }}/api:old\n{{- end }}\n": "templated",
		"image: " + ref + ":{{ .Tag }}\n":                                   "templated",
		"image: \"" + ref + ":{{ .Tag }}\"\n":                               "templated",
		"image: {repository: " + ref + ", tag: '{{ .Tag }}'}\n":             "templated",
		"image:\n  repository: " + ref + "\n  tag: {{ .Tag }}\n":            "templated",
		"{\"image\": \"" + ref + ":{{ .Tag }}\"}":                           "templated",
		"image: '{{ .Registry }}/api:old'\nname: api\n":                     "templated",
		// Braces elsewhere do not matter, nor what is named inside of them.
		"image: '{{ include \"api.image\" . }}'\nname: api # {{ x }}\n":             "",
		"args: [\"{{workflow.name}}\"] # {{ x }}\nimage: " + ref + ":old\n":         "set",
		"a: {image: \"" + ref + ":{{ .Tag }}\"}\nb: {image: " + ref + ":old}\n":     "set templated",
		"{\"args\": \"{{inputs.parameters.x}}\", \"image\": \"" + ref + ":old\"}\n": "set",
	} {
		res, err := Open("f.yaml", []byte(src)).Set(api)
		got := ""
		if len(res.Changes) == 1 && string(res.Content) == strings.Replace(src, ref+":old", ref+":new", 1) {
			got = "set"
		}
		if res.Templated {
			got = strings.TrimSpace(got + " templated")
		}
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", src, got, err, want)
		}
	}
}

func TestUTF16IsRefused(t *testing.T) {
	text := utf16Text(binary.BigEndian, "image: reg.example:5000/library/api:old\n")
	for _, src := range [][]byte{text, text[2:]} {
		_, err := Open("f.yaml", src).Set(api)
		if err == nil || err.Error() != "f.yaml:1:1: cannot be parsed: this is UTF-16; write it as UTF-8" {
			t.Error(err)
		}
	}
}

// manifests are the files of a large repository. None names the image, and all
// have its last name as a part of other words; every tenth also by itself.
func manifests(n int) [][]byte {
	var files [][]byte
	for i := range n {
		name := fmt.Sprintf("app-%d", i)
		if i%10 == 0 {
			name = "api"
		}
		files = append(files, []byte(strings.ReplaceAll(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  labels: {app: NAME, tier: api-server}
spec:
  replicas: 2
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      serviceAccountName: NAME
      containers:
        - name: NAME
          image: reg.example:5000/library/NAME-web:4f1c2d9e0b7a6c5d4e3f2a1b0c9d8e7f6a5b4c3d
          ports: [{containerPort: 8080}]
          env:
            - {name: API_URL, value: "http://api.example/v1"}
`, "NAME", name)))
	}
	return files
}

// BenchmarkScreen takes 10,000 manifests, which is to last less than a second.
func BenchmarkScreen(b *testing.B) {
	files := manifests(10000)
	for b.Loop() {
		for _, src := range files {
			set(b, src, api)
		}
	}
}
