// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// way is a way to edit all manifests of the folder that it is run in.
type way struct {
	name string
	// slow tells that it starts a process per file, and is measured once only.
	slow    bool
	command func(p programs) []string
}

// wayOwn is what the others are compared with.
const wayOwn = "manifest-pr"

// The ways.
var (
	own = way{wayOwn, false, func(p programs) []string {
		return []string{p.adze, "--write=.", "--path=.", "--image=admin=" + repository + ":" + newTag}
	}}
	yqEach = way{"yq -i, a process per file", true, func(p programs) []string {
		return []string{"find", ".", "-name", "*.yaml", "-exec", p.yq, "-i", expression(), "{}", ";"}
	}}
	yqFew = way{"yq -s, as few processes as it can", false, func(p programs) []string {
		return []string{"find", ".", "-name", "*.yaml", "-exec", p.yq, "-N", "-s", "filename", expression(), "{}", "+"}
	}}
	grepYQ = way{"grep, then yq -i per file found", false, func(p programs) []string {
		return []string{"sh", "-c", `grep -rlF --null "$1" . | xargs -0 -n1 "$2" -i "$3"`, "-", repository, p.yq, expression()}
	}}
	kustomizeEdit = way{"kustomize edit set image", true, func(p programs) []string {
		return []string{"find", ".", "-name", "kustomization.yaml", "-execdir", p.kustomize, "edit", "set", "image", repository + "=" + repository + ":" + newTag, ";"}
	}}
)

// expression is how one would tell yq: every `image` that names the repository,
// the parts that Helm charts take, image volumes, and images of a kustomization.
func expression() string {
	return strings.NewReplacer("REPO", repository, "TAG", newTag, "DIGEST", digest).Replace(strings.Join([]string{
		`(.. | select(tag == "!!map" and has("image")) | .image | select(tag == "!!str" and test("^REPO(:|@|$)"))) = "REPO:TAG"`,
		`(.. | select(tag == "!!map" and has("reference")) | .reference | select(tag == "!!str" and test("^REPO(:|@|$)"))) = "REPO:TAG"`,
		`(.. | select(tag == "!!map" and has("tag") and (.repository == "REPO" or .registry + "/" + .repository == "REPO")) | .tag) = "TAG"`,
		`(.. | select(tag == "!!map" and has("digest") and .repository == "REPO") | .digest | select(. != "")) = "DIGEST"`,
		`(select(tag == "!!map") | .images[]? | select(tag == "!!map" and has("newTag") and (.newName // .name) == "REPO") | .newTag) = "TAG"`,
		`(select(tag == "!!map") | .images[]? | select(tag == "!!map" and has("digest") and (.newName // .name) == "REPO") | .digest) = "DIGEST"`,
	}, " | "))
}
