// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// jsonValue is a JSON value that knows its line.
type jsonValue struct {
	line int
	// text is a string's; a number, true, false and null have none.
	text string
	// fields are an object's, as written, with keys that stand twice.
	fields []jsonField
	items  []jsonValue
}

type jsonField struct {
	key string
	jsonValue
}

// parseJSON reads a JSON file; its errors begin with a line. A byte order mark
// at the head is passed over, as Node's tools do.
func parseJSON(data []byte) (jsonValue, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		line := 1 + bytes.Count(data, []byte("\n"))
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line = 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
		}
		return jsonValue{}, fmt.Errorf("line %d: %w", line, err)
	}
	p := &jsonParser{data: data, tokens: json.NewDecoder(bytes.NewReader(data)), line: 1}
	return p.value()
}

// jsonParser reads tokens and counts the lines before them.
type jsonParser struct {
	data   []byte
	tokens *json.Decoder
	// line is that of the byte at counted.
	line, counted int
}

func (p *jsonParser) token() (json.Token, error) {
	token, err := p.tokens.Token()
	end := min(int(p.tokens.InputOffset()), len(p.data))
	p.line += bytes.Count(p.data[p.counted:end], []byte("\n"))
	p.counted = end
	return token, err
}

func (p *jsonParser) value() (jsonValue, error) {
	token, err := p.token()
	if err != nil {
		return jsonValue{}, err
	}
	v := jsonValue{line: p.line}
	switch token := token.(type) {
	case string:
		v.text = token
	case json.Delim:
		err = p.inside(&v, token == '{')
	}
	return v, err
}

// inside reads what an object or list holds, and its end.
func (p *jsonParser) inside(v *jsonValue, object bool) error {
	for p.tokens.More() {
		var f jsonField
		if object {
			key, err := p.token()
			if err != nil {
				return err
			}
			f.key, _ = key.(string)
		}
		line := p.line
		item, err := p.value()
		if err != nil {
			return err
		}
		if f.jsonValue = item; object {
			f.line = line
			v.fields = append(v.fields, f)
		} else {
			v.items = append(v.items, item)
		}
	}
	_, err := p.token()
	return err
}

// get are the values of a key, every one of them where it stands twice.
func (v jsonValue) get(key string) []jsonValue {
	var found []jsonValue
	for _, f := range v.fields {
		if f.key == key {
			found = append(found, f.jsonValue)
		}
	}
	return found
}

// words are all texts in a value, however deep, with their lines.
func (v jsonValue) words() []Named {
	var found []Named
	if v.text != "" {
		found = append(found, Named{v.text, v.line})
	}
	for _, f := range v.fields {
		found = append(found, f.words()...)
	}
	for _, item := range v.items {
		found = append(found, item.words()...)
	}
	return found
}
