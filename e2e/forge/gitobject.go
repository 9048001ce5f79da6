// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

func objectRoutes() []Route {
	return []Route{
		rest("GET /repos/{owner}/{repo}/git/blobs/{file_sha}", "contents:read").to((*call).getBlob),
		rest("POST /repos/{owner}/{repo}/git/blobs", "contents:write").to((*call).createBlob),
		rest("GET /repos/{owner}/{repo}/git/trees/{tree_sha}", "contents:read").to((*call).getTree),
		rest("POST /repos/{owner}/{repo}/git/trees", "contents:write").to((*call).createTree),
		rest("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", "contents:read").to((*call).getGitCommit),
		rest("POST /repos/{owner}/{repo}/git/commits", "contents:write").to((*call).createGitCommit),
		rest("GET /repos/{owner}/{repo}/git/tags/{tag_sha}", "contents:read").to((*call).getGitTag),
		rest("POST /repos/{owner}/{repo}/git/tags", "contents:write").to((*call).createGitTag),
	}
}

func (c *call) objectURL(kind, sha string) string {
	return c.links.api("/repos/%s/git/%ss/%s", c.repo.fullName(), kind, sha)
}

func (c *call) getBlob() error {
	o, err := c.repo.git.Read(c.ctx(), c.param("file_sha"))
	if err != nil || o.Kind != "blob" {
		return notFound()
	}
	if c.accepts("raw") {
		return c.raw("application/vnd.github.raw; charset=utf-8", o.Data)
	}
	return c.json(http.StatusOK, object{
		"sha": o.SHA, "node_id": gitNodeID("B", c.repo.id, o.SHA), "size": len(o.Data), "url": c.objectURL("blob", o.SHA),
		"content": wrap64(o.Data), "encoding": "base64",
	})
}

// wrap64 is base64 in lines of 60 characters, each ended, as GitHub has it.
func wrap64(data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(text) > 60 {
		b.WriteString(text[:60] + "\n")
		text = text[60:]
	}
	if text != "" {
		b.WriteString(text + "\n")
	}
	return b.String()
}

func (c *call) createBlob() error {
	var body struct {
		Content  *string `json:"content"`
		Encoding string  `json:"encoding"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Content == nil {
		return missing("content")
	}
	data := []byte(*body.Content)
	switch body.Encoding {
	case "", "utf-8":
	case "base64":
		var err error
		if data, err = decode64(*body.Content); err != nil {
			return unprocessable("content is not valid Base64")
		}
	default:
		return unprocessable("Unrecognized encoding: %s", body.Encoding)
	}
	sha, err := c.repo.git.Write(c.ctx(), "blob", data)
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, object{"sha": sha, "url": c.objectURL("blob", sha)})
}

func decode64(s string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.NewReplacer("\n", "", "\r", "").Replace(s))
}

func (c *call) getGitTag() error {
	t, err := c.repo.git.ReadTag(c.ctx(), c.param("tag_sha"))
	if err != nil {
		return notFound()
	}
	return c.json(http.StatusOK, c.renderTag(t))
}

func (c *call) renderTag(t bare.Tag) object {
	return object{
		"sha": t.SHA, "node_id": gitNodeID("TA", c.repo.id, t.SHA), "url": c.objectURL("tag", t.SHA), "tag": t.Name,
		"message": t.Message, "tagger": gitUser(t.Tagger), "verification": c.repo.verification(bare.Commit{}),
		"object": object{"sha": t.Object, "type": t.Kind, "url": c.objectURL(t.Kind, t.Object)},
	}
}

func (c *call) createGitTag() error {
	var body struct {
		Tag     string      `json:"tag"`
		Message string      `json:"message"`
		Object  string      `json:"object"`
		Type    string      `json:"type"`
		Tagger  *personBody `json:"tagger"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Tag == "" || body.Object == "" || body.Type == "" {
		return missing("tag", "message", "object", "type")
	}
	if kind, err := c.repo.git.Kind(c.ctx(), body.Object); err != nil || kind != body.Type {
		return invalid("Tag", "object", "invalid")
	}
	if err := checkPerson("Tag", "tagger", body.Tagger); err != nil {
		return err
	}
	t := bare.Tag{Name: body.Tag, Message: body.Message, Object: body.Object, Kind: body.Type, Tagger: c.person(body.Tagger)}
	sha, err := c.repo.git.WriteTag(c.ctx(), t)
	if err != nil {
		return err
	}
	t.SHA = sha
	return c.json(http.StatusCreated, c.renderTag(t))
}
