// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"encoding/json"
	"fmt"
	"time"
)

// never is a time that has not come.
const never = "0001-01-01T00:00:00.000Z"

// The icons that Harbor shows, by their digests.
const (
	imageIcon = "sha256:0048162a053eef4d4ce3fe7518615bef084403614f8bca43b40ae2e762e11e06"
	plainIcon = "sha256:da834479c923584f4cbcdecc0dac61f32bef1d51e8aae598cf16bd154efab49f"
)

func optional(t time.Time) string {
	if t.IsZero() {
		return never
	}
	return stamp(t)
}

// render is an artifact as the API shows it, with what the query asked for.
func (c *call) render(a *artifact) object {
	out := object{
		"accessories": nil, "digest": a.digest, "icon": plainIcon, "id": a.id, "labels": nil, "manifest_media_type": a.mediaType,
		"media_type": a.configType, "project_id": a.repo.project.id, "pull_time": optional(a.pulled), "push_time": stamp(a.pushed),
		"references": nil, "repository_id": a.repo.id, "repository_name": a.repo.name, "size": a.size, "tags": nil, "type": a.kind(),
	}
	if a.kind() == "IMAGE" {
		out["icon"], out["addition_links"] = imageIcon, c.links(a)
	}
	if a.isIndex() {
		out["media_type"], out["references"] = a.mediaType, a.references()
	} else {
		out["artifact_type"] = a.configType
	}
	if a.extra != nil {
		out["extra_attrs"] = a.extra
	}
	if c.asked("with_tag", true) && len(a.tags) > 0 {
		out["tags"] = a.renderTags(c.asked("with_immutable_status", false))
	}
	if c.asked("with_scan_overview", false) {
		if overview := c.overview(a); len(overview) > 0 {
			out["scan_overview"] = overview
		}
	}
	return out
}

// links name what more there is of an image; what scanners make of it only while
// the scanner is there.
func (c *call) links(a *artifact) object {
	below := a.repo.location() + "/artifacts/"
	link := func(digest, name string) object {
		return object{"absolute": false, "href": below + digest + "/additions/" + name}
	}
	out := object{}
	if !struck(c.r, "adapter-gone") {
		out["vulnerabilities"], out["sboms"] = link(a.digest, "vulnerabilities"), link("", "sbom") // without a digest, as Harbor has it
	}
	if !a.isIndex() {
		out["build_history"] = link(a.digest, "build_history")
	}
	return out
}

func (a *artifact) references() []object {
	var out []object
	for _, d := range a.manifest.Manifests {
		platform := object{}
		if err := json.Unmarshal(d.Platform, &platform); err != nil {
			platform = object{}
		}
		platform["OsFeatures"] = nil
		reference := object{"child_digest": d.Digest, "parent_id": a.id, "platform": platform, "urls": nil}
		if child := a.repo.find(d.Digest); child != nil {
			reference["child_id"] = child.id
		}
		out = append(out, reference)
	}
	return out
}

func (a *artifact) renderTags(status bool) []object {
	out := []object{}
	for _, t := range a.tags {
		out = append(out, object{
			"artifact_id": a.id, "id": t.id, "immutable": status && a.repo.protects(t.name), "name": t.name,
			"pull_time": optional(t.pulled), "push_time": stamp(t.pushed), "repository_id": a.repo.id,
		})
	}
	return out
}

// describe is what an image's config says of it.
func describe(config []byte) object {
	var in struct {
		Architecture string          `json:"architecture"`
		Author       string          `json:"author"`
		Config       json.RawMessage `json:"config"`
		Created      string          `json:"created"`
		OS           string          `json:"os"`
	}
	if err := json.Unmarshal(config, &in); err != nil {
		return object{"error": fmt.Sprintf("unreadable config: %v", err)}
	}
	return object{"architecture": in.Architecture, "author": in.Author, "config": in.Config, "created": in.Created, "os": in.OS}
}
