// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// Any object of the services' repository or of the manifests' may be gone or
// broken: the service that is behind is never left out, and what else is affected
// is affected for a reason.
func TestADamagedRepositoryNeverHidesAServiceThatIsBehind(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	code, manifests := filepath.Join(root, "code"), filepath.Join(root, "live")
	newRepo(t, code, twoServices())
	before := strings.TrimSpace(gitOutput(t, code, "", "rev-parse", "main~1"))
	live(t, manifests, map[string]string{"a": before, "b": before, "c": before, "d": before, "e": before, "f": before, "g": before})
	s := serve(t, root)
	args := []string{"--url=" + s.URL + "/code", "--revision=main", "--base=deployed", "--registry=registry.test/lib", "--manifests-url=" + s.URL + "/live", "--manifests-revision=c1"}
	v := verdicts{}
	ask := func(fault string) {
		rep, log, exit := answer(t, args...)
		behind := slices.Contains(rep.names(), "a")
		others := slices.ContainsFunc(rep.Affected, func(a affected) bool {
			return a.Name != "a" && !rep.All && !strings.HasPrefix(a.Because, "what is deployed of it is not known: ") && !strings.HasPrefix(a.Because, "the service is new: ")
		})
		switch {
		case exit != step.CodeDone && exit != step.CodeNo && log != "":
			v["none"]++
		case exit != step.CodeDone || !behind || others:
			t.Errorf("%s: %+v, code %d, %s", fault, rep, exit, log)
		case rep.All:
			v["all"]++
		default:
			v["right"]++
		}
	}
	ask("nothing")
	v.want(t, "right")
	for _, file := range append(looseObjects(t, code), looseObjects(t, manifests)...) {
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, 0o600); err != nil {
			t.Fatal(err)
		}
		for name, damage := range map[string]func() error{
			"is gone":      func() error { return os.Remove(file) },
			"is cut short": func() error { return os.WriteFile(file, whole[:len(whole)/2], 0o600) },
		} {
			if err := damage(); err != nil {
				t.Fatal(err)
			}
			ask(fmt.Sprintf("%s %s", kindOf(t, whole), name))
			if err := os.WriteFile(file, whole, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	v.want(t, "right", "all", "none")
}
