// SPDX-License-Identifier: Apache-2.0

package kubeyaml

import (
	"strings"
	"testing"
)

func TestParseAndRender(t *testing.T) {
	all, err := Parse([]byte("# only a comment\n---\nkind: Pod\nmetadata: {name: a, namespace: b}\n---\n---\nkind: Namespace\nmetadata: {name: b}\n"))
	if err != nil || len(all) != 2 {
		t.Fatalf("%d objects, %v; want 2", len(all), err)
	}
	pod, ns := all[0], all[1]
	if pod.Kind() != "Pod" || pod.Name() != "a" || pod.Namespace() != "b" || ns.Namespace() != "" {
		t.Errorf("misread: %v", all)
	}
	if got := pod.At("spec", "containers"); len(got) != 0 {
		t.Errorf("found %v where nothing is", got)
	}
	pod.At("metadata")["name"] = "changed"
	text, err := Render(all)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Parse(text); err != nil || len(again) != 2 || again[0].Name() != "changed" {
		t.Errorf("read again as %v, %v", again, err)
	}
	if _, err := Parse([]byte("kind: Pod\n---\na: [")); err == nil || !strings.Contains(err.Error(), "document 2") {
		t.Errorf("got %v, want an error that names the document", err)
	}
}
