// SPDX-License-Identifier: Apache-2.0

package wanted

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const digest = "sha256:0123456789012345678901234567890123456789012345678901234567890123"

func TestWhatIsWrittenIsRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), File)
	for _, want := range [][]Service{nil, {
		{Name: "web", Image: "r.test/shop/web", Context: ".", Dockerfile: "web/Dockerfile", Target: "run", BuildArgs: []string{"A=\n"}, InputHash: "ab"},
		{Name: "user", Image: "r.test/shop/user", Context: "user", Dockerfile: "user/Dockerfile", InputHash: "cd", Digest: digest, KeyTag: "adze-build-1"},
	}} {
		if err := Write(file, want); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(file); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
}

func TestReadIsStrict(t *testing.T) {
	const head = `{"schema": "` + Schema + `", "services": [`
	const good = `"name": "web", "image": "i", "inputHash": "h", "context": "web", "dockerfile": "web/Dockerfile"`
	for text, want := range map[string]string{
		"":                                   "EOF",
		"[]":                                 "cannot unmarshal",
		`{"schema": "x"}`:                    `schema is "x"`,
		head + `{` + good + `}]} {}`:         "more follows",
		head + `{"more": 1, ` + good + `}]}`: "unknown field",
		head + `{"name": "web"}]}`:           `service "web": name, image or inputHash is empty`,
		head + `{` + strings.Replace(good, `"web/Docker`, `"../Docker`, 1) + `}]}`:          "leads out of the repository",
		head + `{` + strings.Replace(good, `"context": "web"`, `"context": "/"`, 1) + `}]}`: "leads out of the repository",
		head + `{` + good + `, "keyTag": "latest"}]}`:                                       "does not begin",
		head + `{` + good + `, "digest": "sha256:1"}]}`:                                     "wrong number of hex digits",
	} {
		file := filepath.Join(t.TempDir(), File)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(file); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v, %v; want %q", text, got, err, want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there is read")
	}
}
