// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

const (
	one   = "sha256:abd28494296a8872db14a7b8f068d028d868a315780441ca250a2f2855d6c076"
	other = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
)

// A project's rule forbids to pull the image, and the tag is put all the same,
// by one request; put again it is there already.
func TestTagOfWhatMayNotBePulled(t *testing.T) {
	r, client, host := recorded(t, "tag.txtar")
	digest := digestOf(t, client, host+"/demo/app@"+one)
	if err := client.Tag(t.Context(), digest, "v1"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET /v2/", "GET /api/v2.0/systeminfo",
		"POST /api/v2.0/projects/demo/repositories/app/artifacts/" + one + `/tags {"immutable":false,"name":"v1","pull_time":"0001-01-01T00:00:00.000Z","push_time":"0001-01-01T00:00:00.000Z"}`,
	}
	if got := slices.Clone(r.seen); !slices.Equal(got, want) {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if err := client.Tag(t.Context(), digest, "v1"); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if n := strings.Count(strings.Join(r.seen, "\n"), "systeminfo"); n != 1 {
		t.Errorf("asked %d times whether it is a Harbor", n)
	}
}

func TestTagOnAnotherImage(t *testing.T) {
	r, client, host := recorded(t, "tag.txtar")
	post := "POST /api/v2.0/projects/demo/repositories/app/artifacts/"
	r.left[post+other+"/tags"] = r.left[post+one+"/tags"][1:]
	var taken *registry.TakenError
	err := client.Tag(t.Context(), digestOf(t, client, host+"/demo/app@"+other), "v1")
	if !errors.As(err, &taken) || taken.Has.DigestStr() != one || taken.Tag.TagStr() != "v1" {
		t.Errorf("got %v", err)
	}
}

func TestResolveOfWhatMayNotBePulled(t *testing.T) {
	_, client, host := recorded(t, "tag.txtar")
	tag, err := client.Reference(host + "/demo/app:v1")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := client.Resolve(t.Context(), tag); err != nil || got.DigestStr() != one {
		t.Errorf("got %v, %v", got, err)
	}
}

// Each refusal is told with what Harbor said and what to do about it, and only
// Harbor's own word that it does not have the image is taken for that.
func TestRefusals(t *testing.T) {
	cases := sections(t, "refusals.txtar")
	cases["no Harbor"] = [][]byte{[]byte("HTTP/1.1 404 Not Found\nContent-Type: text/html\n\n<html>default backend</html>\n")}
	for call, c := range map[string]struct {
		absent    bool
		says, tip string
	}{
		"absent":         {true, "not found", ""},
		"no project":     {true, "repository nosuch/app not found", ""},
		"no repository":  {true, "not found", ""},
		"no name":        {false, "invalid tag name", "does not take"},
		"read-only":      {false, "read only mode", "read-only mode"},
		"no right":       {false, "403 Forbidden", "permission tag:create"},
		"disabled robot": {false, "401 Unauthorized", "--docker-config"},
		"decoded path":   {false, "404 Not Found", "a proxy before Harbor"},
		"no Harbor":      {false, "not in Harbor's words", "a proxy before Harbor"},
		"failed":         {false, "500 Internal", "jobservice"},
		"deactivated":    {false, "scanner fake is deactivated", "switched off"},
		"no image":       {false, "does not support scanning", "does not take"},
	} {
		info := sections(t, "tag.txtar")
		client, host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Method != http.MethodPost {
				known := info[req.Method+" "+req.URL.Path]
				if known == nil || strings.Contains(req.URL.Path, "v1") { // the tag
					known = cases["absent"]
				}
				write(t, w, req, known[0])
				return
			}
			write(t, w, req, cases[call][0])
		}))
		err := client.Tag(t.Context(), digestOf(t, client, host+"/demo/app@"+one), "v1")
		if err == nil || errors.Is(err, registry.ErrAbsent) != c.absent || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", call, err)
		}
		if hints := strings.Join(step.Hints(err), "\n"); !strings.Contains(hints, c.tip) {
			t.Errorf("%s: hints %q, want %q", call, hints, c.tip)
		}
	}
}
