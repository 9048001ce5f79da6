// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/verdict"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
	"github.com/adze-ci/adze/tasks/scan-gate/show"
)

// find has an image scanned, unless the scan that an earlier run kept beside it
// stands for a new one. A report that is given speaks for itself. What the image
// that is deployed now is compared by may be of any age.
func (g *gate) find(ctx context.Context, image name.Digest, rules *policy.Policy) (*finding.Scan, error) {
	judged := image == g.image
	dated := judged && rules.MaxDatabaseAge > 0
	if g.source.Reuse == 0 || judged && g.source.Scanner == "report" {
		return g.scan(ctx, image, dated)
	}
	kept, err := verdict.Find(ctx, g.client, image)
	if err == nil {
		var scan *finding.Scan
		if scan, err = g.recall(kept); err == nil && dated {
			err = rules.Fresh(scan, g.now())
		}
		if err == nil {
			g.log.Info("judged by the scan that is kept beside the image", "image", image.String(), "scanned", kept.Finished.Format(time.RFC3339))
			if judged {
				g.kept = kept
			}
			return scan, nil
		}
	}
	if !errors.Is(err, registry.ErrAbsent) {
		g.log.Info("the image is scanned anew", "image", image.String(), "because", err.Error())
	}
	return g.scan(ctx, image, dated)
}

// recall reads the scan of a verdict; the error says why it does not stand.
func (g *gate) recall(kept *verdict.Document) (*finding.Scan, error) {
	if kept.Scanner.Kind != g.source.Scanner {
		return nil, fmt.Errorf("what is kept beside it is of scanner %q", plain.Line(kept.Scanner.Kind, 20))
	}
	if !kept.Fresh(g.now(), g.source.Reuse) {
		return nil, errors.New("what is kept beside it is older than --reuse")
	}
	var scan finding.Scan
	decoder := json.NewDecoder(bytes.NewReader(kept.Scan))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&scan); err != nil {
		return nil, fmt.Errorf("reading what is kept beside it: %w", err)
	}
	return &scan, nil
}

// keep puts the verdict beside the image, for later runs and for the pull request.
// A run that puts no tag keeps nothing.
func (g *gate) keep(ctx context.Context, answer *show.Answer) {
	word, by := answer.Verdict.Word(), answer.Policy.Digest()
	switch {
	case g.tag == "" && g.keyTag == "":
		return
	case g.kept != nil && g.kept.Verdict == word && g.kept.Policy == by:
		return
	}
	scan, err := json.Marshal(answer.Scan)
	if err != nil {
		g.log.Warn("the verdict is not kept beside the image", "cause", err.Error())
		return
	}
	s := answer.Scan
	g.put(ctx, &verdict.Document{
		Image: g.image, Verdict: word, Summary: show.Summary(answer.Verdict), Policy: by, Judged: g.now(), Started: s.Started, Finished: s.Finished, Scan: scan,
		Scanner: verdict.Scanner{Kind: g.source.Scanner, Name: s.Scanner.Name, Version: s.Scanner.Version, Database: s.Database},
	})
}

// put keeps a verdict. Where that cannot be, the tag is as right without.
func (g *gate) put(ctx context.Context, d *verdict.Document) {
	if err := verdict.Keep(ctx, g.client, d); err != nil {
		g.log.Warn("the verdict is not kept beside the image, for later runs and the pull request", "cause", err.Error())
	}
}
