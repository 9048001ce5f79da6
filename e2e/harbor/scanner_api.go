// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"net/http"
	"slices"
)

// sbomReport is the type of another report that Trivy makes, and the stand-in
// does not.
const sbomReport = "application/vnd.security.sbom.report+json; version=1.0"

func scannerRoutes() []Route {
	return []Route{
		rest("GET /scanners", "").to((*call).listScanners),
		rest("POST /scanners", "").to((*call).createScanner),
		rest("POST /scanners/ping", "").to((*call).pingScanner),
		rest("PUT /scanners/{registration_id}", "").to((*call).putScanner),
		rest("GET /scanners/{registration_id}/metadata", "").to((*call).scannerMetadata),
		rest("GET /projects/{project_name}/scanner", "scanner:read").to((*call).projectScanner),
		rest("PUT /projects/{project_name}/scanner", "scanner:create").to((*call).putProjectScanner),
	}
}

func (r *registration) render() object {
	return object{
		"access_credential": "", "auth": "", "capabilities": object{"support_sbom": r.fixed, "support_vulnerability": true},
		"create_time": stamp(r.created), "description": r.description, "disabled": r.disabled, "is_default": r.standard, "name": r.name,
		"skip_certVerify": false, "update_time": stamp(r.created), "url": r.url, "use_internal_addr": true, "uuid": r.uuid,
	}
}

// registration finds a scanner by its id.
func (c *call) registration(uuid string) (*registration, error) {
	for _, r := range c.scanners {
		if r.uuid == uuid {
			return r, nil
		}
	}
	return nil, notFound("scanner registration %s not found", uuid) // unrecorded
}

func (c *call) listScanners() error {
	if err := c.needAdmin("scanner:list"); err != nil {
		return err
	}
	var out []object
	for _, r := range c.scanners {
		out = append(out, r.render())
	}
	return c.list(out)
}

// scannerMetadata was recorded for the administrator alone.
func (c *call) scannerMetadata() error {
	if err := c.needAdmin("scanner:read"); err != nil {
		return err
	}
	r, err := c.registration(c.param("registration_id"))
	if err != nil {
		return err
	}
	capabilities := []object{{"type": "vulnerability", "consumes_mime_types": []string{ociManifest, dockerManifest}, "produces_mime_types": r.types()}}
	if r.fixed {
		capabilities = append(capabilities, object{"type": "sbom", "consumes_mime_types": []string{ociManifest, dockerManifest}, "produces_mime_types": []string{sbomReport}})
	}
	return c.json(object{
		"capabilities": capabilities,
		"properties":   r.properties(), "scanner": Product{Name: r.name, Vendor: "Aqua Security", Version: "Unknown"},
	})
}

type scannerBody struct {
	Name        string `json:"name"`
	URL         string `json:"url"`
	Description string `json:"description"`
	Disabled    bool   `json:"disabled"`
}

func (c *call) createScanner() error {
	if err := c.needAdmin("scanner:create"); err != nil {
		return err
	}
	var in scannerBody
	if err := c.read(&in); err != nil {
		return err
	}
	if slices.ContainsFunc(c.scanners, func(r *registration) bool { return r.name == in.Name || r.url == trimSlash(in.URL) }) {
		return &apiError{Status: http.StatusConflict, Code: "UNKNOWN", Message: "dao: create registration: registration name or url already exists"}
	}
	scanner, err := newAdapter(c.r.Context(), in.URL)
	if err != nil {
		return err
	}
	r := &registration{name: in.Name, url: trimSlash(in.URL), description: in.Description, scanner: scanner}
	c.register(r)
	return c.created(apiPrefix + "/scanners/" + r.uuid)
}

func (c *call) pingScanner() error {
	if err := c.needAdmin("scanner:read"); err != nil {
		return err
	}
	return c.done(http.StatusOK)
}

func (c *call) putScanner() error {
	if err := c.needAdmin("scanner:update"); err != nil {
		return err
	}
	r, err := c.registration(c.param("registration_id"))
	if err != nil {
		return err
	}
	if r.fixed {
		return &apiError{Status: http.StatusForbidden, Code: "FORBIDDEN", Message: "registration " + r.name + " is not allowed to update as it is immutable: scanner API: update"}
	}
	var in scannerBody
	if err := c.read(&in); err != nil {
		return err
	}
	r.disabled, r.description = in.Disabled, in.Description
	return c.done(http.StatusOK)
}

// projectScanner says whether the scanner is well, and of one that is not, less.
func (c *call) projectScanner() error {
	p, err := c.project("scanner:read")
	if err != nil {
		return err
	}
	r := c.scannerOf(p)
	out := r.render()
	out["health"], out["adapter"], out["vendor"], out["version"] = "healthy", r.name, "Aqua Security", "Unknown"
	if struck(c.r, "adapter-gone") {
		out = r.render()
		out["health"], out["capabilities"] = "unhealthy", nil
	}
	return c.json(out)
}

func (c *call) putProjectScanner() error {
	p, err := c.project("scanner:create")
	if err != nil {
		return err
	}
	var in struct {
		UUID string `json:"uuid"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	r, err := c.registration(in.UUID)
	if err != nil {
		return err
	}
	p.scanner = r
	return c.done(http.StatusOK)
}
