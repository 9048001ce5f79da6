// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
)

// tip is the commit that a branch names.
func (c caller) tip(branch string) string {
	c.t.Helper()
	return c.do("GET", shop+"/git/ref/heads/"+branch, nil, 200).text("object", "sha")
}

func refs(_ *testing.T, c caller) {
	main := c.tip("main")
	c.do("GET", shop+"/git/ref/heads/none", nil, 404)
	c.do("GET", "/repos/acme/empty/git/ref/heads/main", nil, 409)
	c.do("GET", shop+"/git/matching-refs/heads/m", nil, 200)
	c.do("GET", "/repos/acme/empty/git/matching-refs/heads", nil, 409)
	c.do("POST", shop+"/git/refs", m{"ref": "refs/heads/adze/user", "sha": main}, 201)
	c.do("POST", shop+"/git/refs", m{"ref": "refs/heads/adze/user", "sha": main}, 422)
	c.do("POST", shop+"/git/refs", m{"ref": "adze", "sha": main}, 422)
	c.do("POST", shop+"/git/refs", m{"ref": "refs/heads/x", "sha": nowhere}, 422)
	c.do("POST", shop+"/git/refs", m{}, 422)
	c.do("POST", "/repos/acme/empty/git/refs", m{"ref": "refs/heads/x", "sha": nowhere}, 409)
	next := c.forge.Push(c.t, "acme/shop", "next", "next", map[string]string{"next": "1"})
	c.do("PATCH", shop+"/git/refs/heads/adze/user", m{"sha": next}, 200)
	c.do("PATCH", shop+"/git/refs/heads/adze/user", m{"sha": main}, 422)
	c.do("PATCH", shop+"/git/refs/heads/adze/user", m{"sha": main, "force": true}, 200)
	c.do("PATCH", shop+"/git/refs/heads/none", m{"sha": main}, 422)
	c.do("DELETE", shop+"/git/refs/heads/adze/user", nil, 204)
	c.do("DELETE", shop+"/git/refs/heads/adze/user", nil, 422)
	c.do("DELETE", shop+"/git/refs/heads/main", nil, 422)
}

// quirks checks what a forge answers that is busy or strict.
func quirks(t *testing.T, c caller) {
	main := c.tip("main")
	if err := c.forge.SetQuirks("acme/shop", forge.Quirks{Lag: 1, Locked: "^locked$"}); err != nil {
		t.Fatal(err)
	}
	c.do("POST", shop+"/git/refs", m{"ref": "refs/heads/locked", "sha": main}, 422)
	c.do("POST", shop+"/git/refs", m{"ref": "refs/heads/late", "sha": main}, 201)
	c.do("GET", shop+"/git/ref/heads/late", nil, 404)
	c.do("GET", shop+"/git/ref/heads/late", nil, 200)
	tree := c.do("POST", shop+"/git/trees", m{"tree": []m{{"path": "late", "mode": "100644", "type": "blob", "content": "late"}}}, 201).text("sha")
	c.do("POST", shop+"/git/commits", m{"message": "late", "tree": tree}, 422)
	commit := c.do("POST", shop+"/git/commits", m{"message": "late", "tree": tree}, 201).text("sha")
	c.do("POST", shop+"/git/refs", m{"ref": "refs/heads/later", "sha": commit}, 422)
	c.do("POST", shop+"/git/refs", m{"ref": "refs/heads/later", "sha": commit}, 201)
	if err := c.forge.SetQuirks("acme/shop", forge.Quirks{}); err != nil {
		t.Fatal(err)
	}
}

func objects(_ *testing.T, c caller) {
	main := c.tip("main")
	blob := c.do("POST", shop+"/git/blobs", m{"content": "aGVsbG8=", "encoding": "base64"}, 201).text("sha")
	c.do("POST", shop+"/git/blobs", m{"content": "%", "encoding": "base64"}, 422)
	c.do("GET", shop+"/git/blobs/"+blob, nil, 200)
	c.do("GET", shop+"/git/blobs/"+blob, nil, 200, "raw")
	c.do("GET", shop+"/git/blobs/"+nowhere, nil, 404)
	base := c.do("GET", shop+"/git/commits/"+main, nil, 200).text("tree", "sha")
	c.do("GET", shop+"/git/commits/"+nowhere, nil, 404)
	tree := c.do("POST", shop+"/git/trees", m{"base_tree": base, "tree": []m{
		{"path": "a/b", "mode": "100644", "type": "blob", "sha": blob}, {"path": "c", "mode": "100644", "type": "blob", "content": "c"},
		{"path": "README.md", "mode": "100644", "type": "blob", "sha": nil}}}, 201).text("sha")
	c.do("POST", shop+"/git/trees", m{"tree": []m{{"path": "a", "mode": "100644", "type": "blob", "sha": nowhere}}}, 422)
	c.do("POST", shop+"/git/trees", m{"tree": []m{{"path": "../a", "mode": "100644", "type": "blob", "content": "x"}}}, 422)
	c.do("GET", shop+"/git/trees/"+tree, nil, 200)
	c.do("GET", shop+"/git/trees/main?recursive=1", nil, 200)
	c.do("GET", shop+"/git/trees/"+nowhere, nil, 404)
	commit := c.do("POST", shop+"/git/commits", m{"message": "made", "tree": tree, "parents": []string{main}}, 201).text("sha")
	c.do("POST", shop+"/git/commits", m{"message": "made", "tree": nowhere}, 422)
	c.do("POST", shop+"/git/commits", m{"message": "made", "tree": tree, "parents": []string{nowhere}}, 422)
	c.do("POST", shop+"/git/commits", m{"message": "made", "tree": tree, "author": m{"name": "x"}}, 422)
	tag := c.do("POST", shop+"/git/tags", m{"tag": "v1", "message": "v1", "object": commit, "type": "commit"}, 201).text("sha")
	c.do("POST", shop+"/git/tags", m{"tag": "v1", "message": "v1", "object": nowhere, "type": "commit"}, 422)
	c.do("GET", shop+"/git/tags/"+tag, nil, 200)
	c.do("GET", shop+"/git/tags/"+commit, nil, 404)
	c.do("POST", shop+"/git/refs", m{"ref": "refs/tags/v1", "sha": tag}, 201)
	c.do("GET", shop+"/git/ref/tags/v1", nil, 200)
}

func contents(_ *testing.T, c caller) {
	c.do("GET", shop+"/contents/", nil, 200)
	c.do("GET", shop+"/contents/manifests", nil, 200)
	c.do("GET", shop+"/contents/README.md", nil, 200)
	c.do("GET", shop+"/contents/README.md?ref=main", nil, 200, "raw")
	c.do("GET", shop+"/contents/none", nil, 404)
	c.do("GET", shop+"/contents/README.md?ref=none", nil, 404)
	made := c.do("PUT", shop+"/contents/new%20file", m{"message": "new", "content": "bmV3"}, 201)
	c.do("PUT", shop+"/contents/new%20file", m{"message": "new", "content": "bmV3"}, 422)
	c.do("PUT", shop+"/contents/new%20file", m{"message": "new", "content": "bmV3", "sha": nowhere}, 409)
	c.do("PUT", shop+"/contents/x", m{"message": "new", "content": "bmV3", "branch": "none"}, 404)
	changed := c.do("PUT", shop+"/contents/new%20file", m{"message": "edit", "content": "bmV3ZXI=", "sha": made.text("content", "sha")}, 200)
	c.do("DELETE", shop+"/contents/new%20file", m{"message": "drop", "sha": nowhere}, 409)
	c.do("DELETE", shop+"/contents/new%20file", m{"message": "drop"}, 422)
	c.do("DELETE", shop+"/contents/new%20file", m{"message": "drop", "sha": changed.text("content", "sha")}, 200)
	c.do("DELETE", shop+"/contents/new%20file", m{"message": "drop", "sha": nowhere}, 404)
}

func history(_ *testing.T, c caller) {
	c.forge.Push(c.t, "acme/shop", "feature/history", "ahead", map[string]string{"README.md": "# shop\nmore\n", "other": "x"})
	c.do("GET", shop+"/commits", nil, 200)
	c.do("GET", shop+"/commits?sha=feature/history&path=other&per_page=1", nil, 200)
	c.do("GET", shop+"/commits?sha=none", nil, 404)
	c.do("GET", "/repos/acme/empty/commits", nil, 409)
	c.do("GET", shop+"/commits/feature/history", nil, 200)
	c.do("GET", shop+"/commits/main", nil, 200, "sha")
	c.do("GET", shop+"/commits/main", nil, 200, "diff")
	c.do("GET", shop+"/commits/"+nowhere, nil, 422)
	c.do("GET", shop+"/compare/main...feature/history", nil, 200)
	c.do("GET", shop+"/compare/main...feature/history", nil, 200, "patch")
	c.do("GET", shop+"/compare/main...none", nil, 404)
	c.do("GET", shop+"/branches?per_page=1", nil, 200)
	c.do("GET", shop+"/branches/feature/history", nil, 200)
	c.do("GET", shop+"/branches/none", nil, 404)
}
