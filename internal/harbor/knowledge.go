// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/project"
	"github.com/goharbor/go-client/pkg/sdk/v2.0/client/scanner"
)

// databaseDate is the scanner's property with the date of its knowledge:
// https://github.com/goharbor/pluggable-scanner-spec/blob/master/api/spec/scanner-adapter-openapi-v1.2.yaml
const databaseDate = "harbor.scanner-adapter/vulnerability-database-updated-at"

func (a *api) projects() *project.Client { return project.New(a.runtime, strfmt.Default, a.auth) }

// knowledge is what the project's scanner says of itself.
type knowledge struct {
	database time.Time // zero where it is not told
	limits   []string
}

// knowledge asks the project's scanner. A robot account of a project alone may
// not ask, and then nothing is known.
func (a *api) knowledge(ctx context.Context, log *slog.Logger) knowledge {
	properties, err := a.properties(ctx)
	if err != nil {
		log.Debug("the age of the scanner's database is not known", "cause", err.Error())
		return knowledge{}
	}
	var k knowledge
	if at, err := time.Parse(time.RFC3339, properties[databaseDate]); err == nil {
		k.database = at.UTC()
	}
	if properties["env.SCANNER_TRIVY_IGNORE_UNFIXED"] == "true" {
		k.limits = append(k.limits, "Harbor's scanner is set to leave out what has no fix")
	}
	if all := properties["env.SCANNER_TRIVY_SEVERITY"]; all != "" && strings.Count(all, ",") < 4 {
		k.limits = append(k.limits, "Harbor's scanner is set to leave out some severities")
	}
	return k
}

func (a *api) properties(ctx context.Context) (map[string]string, error) {
	of, err := a.projects().GetScannerOfProject(ctx, &project.GetScannerOfProjectParams{ProjectNameOrID: a.project})
	if err != nil {
		return nil, err
	}
	scanners := scanner.New(a.runtime, strfmt.Default, a.auth)
	got, err := scanners.GetScannerMetadata(ctx, &scanner.GetScannerMetadataParams{RegistrationID: of.Payload.UUID})
	if err != nil {
		return nil, err
	}
	return got.Payload.Properties, nil
}
