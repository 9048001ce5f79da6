// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/gitx/githttp"
	"github.com/adze-ci/adze/internal/step"
)

// declaredGraph lists services and switches all readers off.
func declaredGraph(services int) string {
	var b strings.Builder
	b.WriteString("apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nderive: []\nservices:\n  list:\n")
	for s := range services {
		fmt.Fprintf(&b, "    - {name: s%d, path: ms/s%d}\n", s, s)
	}
	return b.String()
}

const discoveredGraph = "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nservices: {discover: ['ms/*']}\n"

// bigHistory makes services of so many files each, and a second commit that
// changes one of them.
func bigHistory(config string, services, files int) string {
	var b strings.Builder
	b.WriteString("blob\nmark :1\ndata 7\nFROM x\n\n")
	rnd := rand.New(rand.NewPCG(1, 2)) // what does not compress, as images and archives do not
	b.WriteString("commit refs/heads/main\ncommitter c <c@example.com> 1700000000 +0000\ndata 1\nx\n")
	fmt.Fprintf(&b, "M 100644 inline adze.yaml\ndata %d\n%s\n", len(config), config)
	for s := range services {
		fmt.Fprintf(&b, "M 100644 :1 ms/s%d/Dockerfile\n", s)
		for f := range files {
			content := make([]byte, 1000)
			for i := range content {
				content[i] = byte(rnd.Uint32())
			}
			fmt.Fprintf(&b, "M 100644 inline ms/s%d/d%d/f%d\ndata %d\n%s\n", s, f%10, f, len(content), content)
		}
	}
	b.WriteString("commit refs/heads/main\ncommitter c <c@example.com> 1700000001 +0000\ndata 1\nx\nM 100644 inline ms/s1/d1/f1\ndata 1\nx\n")
	return b.String()
}

// What goes over the wire follows the change where the graph is declared. To
// discover it, what folders hold is read too: never contents, and in three
// requests more.
func TestCostFollowsTheChange(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s, err := githttp.New(t.Context(), root, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cost := func(kind, config string, services, files int) (requests int, bytes, clone int64) {
		name := fmt.Sprintf("%s-%d-%d", kind, services, files)
		dir := filepath.Join(root, name)
		gitOutput(t, root, "", "init", "-q", "-b", "main", dir)
		gitOutput(t, dir, "", "config", "uploadpack.allowFilter", "true")
		gitOutput(t, dir, bigHistory(config, services, files), "fast-import", "--quiet")
		rep, log, code := answer(t, "--url="+s.URL+"/"+name, "--base=main~1", "--revision=main")
		if code != step.CodeDone || rep.Count != 1 || rep.All {
			t.Fatalf("%+v, code %d, %s", rep, code, log)
		}
		requests, bytes = len(s.Requests()), s.Bytes()
		gitOutput(t, root, "", "clone", "-q", "--depth=1", s.URL+"/"+name, filepath.Join(root, name+"-clone"))
		clone = s.Bytes()
		s.Requests()
		t.Logf("%s, %d services, %d files: %d requests, %d bytes; a shallow clone %d bytes", kind, services, services*files, requests, bytes, clone)
		return requests, bytes, clone
	}
	few, small, _ := cost("declared", declaredGraph(100), 100, 10)
	many, large, clone := cost("declared", declaredGraph(100), 100, 100)
	if few != many || large > small*3/2 {
		t.Errorf("ten times the files: %d requests and %d bytes, after %d and %d", many, large, few, small)
	}
	if large*100 > clone {
		t.Errorf("%d bytes, more than a hundredth of a shallow clone's %d", large, clone)
	}
	found, all, clone := cost("discovered", discoveredGraph, 100, 100)
	if found > many+3 || all*10 > clone {
		t.Errorf("discovered: %d requests and %d bytes, after %d; a shallow clone takes %d bytes", found, all, many, clone)
	}
}
