// SPDX-License-Identifier: Apache-2.0

package harbor_test

// nulls are the fields, by the schema of what has them, that Harbor leaves null
// and describes as lists or objects.
func nulls() map[string][]string {
	return map[string][]string{
		"Artifact":            {"accessories", "labels", "references", "tags"},
		"Reference":           {"urls"},
		"Project":             {"current_user_role_ids"},
		"ScannerRegistration": {"capabilities"},
	}
}

// deviations are answers that Harbor gives and does not describe, or describes
// otherwise: by route and status, with words of what is found to be wrong.
func deviations() map[string]string {
	const artifact = "/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}"
	const missing = "is not described"
	return map[string]string{
		"GET /projects/{project_name} 404":            missing,
		"GET /users/current 412":                      missing,
		"POST /robots 409":                            missing,
		"POST /scanners 409":                          missing,
		"DELETE " + artifact + " 412":                 missing,
		"DELETE " + artifact + "/tags/{tag_name} 412": missing,
		"POST " + artifact + "/scan 409":              missing,
		"POST " + artifact + "/scan 412":              missing,
		"POST " + artifact + "/tags 422":              missing,
	}
}
