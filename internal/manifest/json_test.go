// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestJSONStaysJSON(t *testing.T) {
	const parts = `{"image":{"repository":"` + repository + `","tag":`
	for src, want := range map[string]string{
		parts + `123}}`:                 parts + `"new"}}`,
		parts + `-1.5e3}}`:              parts + `"new"}}`,
		parts + `null}}`:                parts + `"new"}}`,
		parts + `true}}`:                parts + `"new"}}`,
		parts + "\t\n\"old\"\n}}\r\n\n": parts + "\t\n\"new\"\n}}\r\n\n",
		`{"image":"reg.example:5000\/library\/admin:old"}`:                                   `{"image":"` + repository + `:new"}`,
		`{"a":"\ud83d\ude00 ü \u0000","image":"` + repository + `:old"}`:                     `{"a":"\ud83d\ude00 ü \u0000","image":"` + repository + `:new"}`,
		"{\"image\"\n:\n\"" + repository + ":old\"}":                                         "{\"image\"\n:\n\"" + repository + ":new\"}",
		`{"` + strings.Repeat("k", 2000) + `":1,"image":"` + repository + `:old"}`:           `{"` + strings.Repeat("k", 2000) + `":1,"image":"` + repository + `:new"}`,
		"{\"image\":\"" + repository + ":old\"}\n{\"image\":\"" + repository + ":older\"}\n": "{\"image\":\"" + repository + ":new\"}\n{\"image\":\"" + repository + ":new\"}\n",
		"{\"image\":\"" + repository + ":old\"}\n---\n{\"b\":[]}":                            "{\"image\":\"" + repository + ":new\"}\n---\n{\"b\":[]}",
		"\ufeff[{\"\u2028\":1,\t\"image\":\"" + repository + ":old\"}]":                      "\ufeff[{\"\u2028\":1,\t\"image\":\"" + repository + ":new\"}]",
		`{"<<":{"image":"` + repository + `:old"},"*a":"&b","c":"!!str d"}`:                  `{"<<":{"image":"` + repository + `:new"},"*a":"&b","c":"!!str d"}`,
	} {
		for _, name := range []string{"f.json", "f.yaml"} {
			res, err := File(name, []byte(src), image)
			if err != nil || string(res.Content) != want {
				t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, res.Content, want)
			}
		}
	}
}

func TestANumberInJSONBecomesAString(t *testing.T) {
	src := `{"image":{"repository":"` + repository + `","tag":1234567}}`
	res, err := File("f.json", []byte(src), Image{Repository: repository, Tag: "1234567"})
	if want := strings.Replace(src, "1234567", `"1234567"`, 1); err != nil || string(res.Content) != want {
		t.Errorf("%v\n%s", err, res.Content)
	}
}

func TestWhatIsNoJSONIsNamedWithItsPlace(t *testing.T) {
	head := `{"image":"` + repository + `:old",` + "\n"
	for rest, want := range map[string]string{
		`"a":[1,]}`:               "2:8: cannot be parsed: want a value",
		`}`:                       "2:1: cannot be parsed: want a key in double quotes",
		`'a':1}`:                  "2:1: cannot be parsed: want a key in double quotes",
		`"a" 1}`:                  "2:5: cannot be parsed: want ':' after a key",
		`"ä":{"b":[1 2]}}`:        "2:13: cannot be parsed: want ',' or ']' after a value",
		`"a":1`:                   "2:6: cannot be parsed: want ',' or '}' after a value",
		`"a":01}`:                 "2:5: cannot be parsed: want a value",
		`"a":nil}`:                "2:5: cannot be parsed: want a value",
		`"a":"\q"}`:               "2:5: cannot be parsed: a text holds what is no escape",
		"\"a\":\"b\tc\"}":         "2:7: cannot be parsed: a text holds a control character; write it as an escape",
		`"a":"b}`:                 "2:5: cannot be parsed: a text does not end",
		`"a":1} // why`:           "2:8: cannot be parsed: want a value",
		`"a":{{ .Values.tag }} }`: "",
		"\"a\":\"\xff\"}":         "2:6: cannot be parsed: this byte is no UTF-8",
	} {
		res, err := File("f.json", []byte(head+rest), image)
		if want == "" {
			if err != nil || !res.Templated {
				t.Errorf("%s: %v, %+v", rest, err, res)
			}
			continue
		}
		var refusal *Refusal
		if !errors.As(err, &refusal) || err.Error() != "f.json:"+want {
			t.Errorf("%s: got %v, want %s", rest, err, want)
		}
	}
}

// A marker is no way out in JSON, which has no comments: what is said can be followed.
func TestWhatIsLeftAloneInJSON(t *testing.T) {
	src := []byte("{\"kind\": \"X\",\n  \"fooImage\": \"" + repository + ":1\"\n}\n")
	image := Image{Repository: repository, Tag: "2"}
	res, err := File("f.json", src, image)
	want := "put it in a file of YAML, where the same text may stand, and # adze: SERVICE behind it"
	if err != nil || len(res.Left) != 1 || !strings.Contains(res.Left[0].Reason, want) {
		t.Fatalf("got %v, %+v", err, res.Left)
	}
	marked := bytes.Replace(src, []byte(":1\"\n"), []byte(":1\" # adze: app\n"), 1)
	res, err = Open("f.yaml", marked).Set(Want{Service: "app", Image: image})
	if err != nil || !strings.Contains(string(res.Content), ":2\" # adze: app") {
		t.Errorf("followed: %v, %s", err, res.Content)
	}
}

func TestDeepJSONIsRefused(t *testing.T) {
	deep := strings.Repeat("[", 3*maxDepth)
	if _, err := decodeJSON([]byte(deep)); err == nil || err.Error() != "more than 10000 values stand in each other" {
		t.Error(err)
	}
}

// What is JSON and what is not, and what it holds, is what encoding/json says.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e+3,true,null,"\u00e4\/\n"],"b":{}}`, `[]`, `"a"`, ` 0 `, `{"a":1,}`, `[1 2]`, `"\ud800"`, `-`, `{"a":{"a":[[[]]]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := decode("f.json", src)
		docs := p.docs
		var want any
		valid := json.Unmarshal(src, &want) == nil
		if bytes.HasPrefix(src, byteOrderMark) || bytes.Contains(src, []byte("---")) || len(docs) > 1 || !bytes.Equal(src, bytes.ToValidUTF8(src, nil)) {
			return // what this scanner takes on top, and what is no text
		}
		if len(docs) == 0 {
			if valid {
				t.Fatalf("%q is JSON: %v", src, err)
			}
			return
		}
		if got := plain(t, docs[0].Content[0]); !valid || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: got %#v, want %#v, valid %t", src, got, want, valid)
		}
	})
}

// plain makes of a node what encoding/json makes of its text.
func plain(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(t, n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		s := []any{}
		for _, c := range n.Content {
			s = append(s, plain(t, c))
		}
		return s
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!str":
		return n.Value
	}
	number, err := strconv.ParseFloat(n.Value, 64)
	if err != nil {
		t.Fatalf("number %q: %v", n.Value, err)
	}
	return number
}
