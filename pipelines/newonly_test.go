// SPDX-License-Identifier: Apache-2.0

package pipelines

import (
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// newOnly is a shop whose policy refuses what is new alone, and in which one image is
// judged and deployed: CVE-1000-1 is found in it since.
func newOnly(t *testing.T) (s *shop, deployed string) {
	t.Helper()
	s = newShop(t)
	s.write("../tools/policy.yaml", "apiVersion: adze.dev/v1alpha1\nkind: ScanPolicy\nnewOnly: true\n")
	s.extra["scan-gate"] = append(s.extra["scan-gate"], "--policy="+s.path("../tools/policy.yaml"))
	deployed, p := s.commit()
	s.want(p, "built", "pass", 1, 1)
	s.finds("CRITICAL")
	return s, deployed
}

// pod is a manifest that names an image of the service.
func (s *shop) pod(tag string) string {
	return "kind: Pod\nspec:\n  containers:\n    - image: " + s.host + "/shop/web:" + tag + "\n"
}

// What is deployed has the finding too, so it holds up nothing; what is deployed is
// asked of the manifests, and of no image.
func TestNewOnlyComparesWithWhatIsDeployed(t *testing.T) {
	s, deployed := newOnly(t)
	s.write("manifests/web.yaml", s.pod(deployed))
	s.write("web/text", "two\n")
	id, p := s.commit("compare-deployed", "true", "manifests-revision", "main")
	s.want(p, "built", "pass", 2, 3)
	if s.digest(id) == "" || !strings.Contains(p.logs["scan-gate"], "looking at an image that is deployed now") {
		t.Errorf("the tag is on %q: %s", s.digest(id), p.said())
	}

	// Another place still has an image that is not there any more.
	s.write("manifests/old.yaml", s.pod(strings.Repeat("1", 40)))
	s.write("web/text", "three\n")
	id, p = s.commit("compare-deployed", "true")
	if p.codes["scan-gate"] != step.CodeNo || s.digest(id) != "" || !strings.Contains(p.logs["scan-gate"], "every finding counts as new") {
		t.Errorf("exit code %d, the tag is on %q: %s", p.codes["scan-gate"], s.digest(id), p.said())
	}
}

// Nothing to compare with makes every finding a new one.
func TestNewOnlyWithNothingToCompareWith(t *testing.T) {
	for name, c := range map[string]struct {
		compare  string
		manifest func(s *shop, deployed string) string
	}{
		"not asked for":      {"false", func(s *shop, deployed string) string { return s.pod(deployed) }},
		"not deployed":       {"true", func(*shop, string) string { return "kind: Namespace\n" }},
		"not to be read":     {"true", func(s *shop, deployed string) string { return s.pod(deployed) + "b: [\n" }},
		"another repository": {"true", func(s *shop, deployed string) string { return strings.Replace(s.pod(deployed), "/shop/", "/else/", 1) }},
	} {
		t.Run(name, func(t *testing.T) {
			s, deployed := newOnly(t)
			s.write("manifests/web.yaml", c.manifest(s, deployed))
			s.write("web/text", "two\n")
			id, p := s.commit("compare-deployed", c.compare)
			if p.codes["fetch"] != step.CodeDone || p.codes["scan-gate"] != step.CodeNo || s.digest(id) != "" {
				t.Errorf("exit code %d, the tag is on %q: %s", p.codes["scan-gate"], s.digest(id), p.said())
			}
		})
	}
}
