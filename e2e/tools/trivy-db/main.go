// SPDX-License-Identifier: Apache-2.0

// Command trivy-db writes a small vulnerability database in Trivy's own format:
// a handful of real advisories, chosen so that a scan can find each severity,
// with and without a fix, in a language's packages and in a distribution's.
//
//	trivy-db --out DIR --updated-at 2026-01-02T00:00:00Z
//
// leaves trivy.db and metadata.json in DIR, as Trivy keeps them in its cache and
// as they lie in the archive that it downloads.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
	"github.com/aquasecurity/trivy-db/pkg/types"
	bolt "go.etcd.io/bbolt"
)

// lifetime is how long Trivy trusts a database before it asks for a newer one.
const lifetime = 24 * time.Hour

func main() {
	out := flag.String("out", "", "folder to write trivy.db and metadata.json to")
	updated := flag.String("updated-at", "", "when the database is said to be from, RFC 3339")
	flag.Parse()
	if err := run(*out, *updated); err != nil {
		fmt.Fprintln(os.Stderr, "trivy-db:", err)
		os.Exit(1)
	}
}

func run(out, updated string) error {
	at, err := time.Parse(time.RFC3339, updated)
	if err != nil {
		return fmt.Errorf("reading --updated-at: %w", err)
	}
	if out == "" {
		return fmt.Errorf("--out names no folder")
	}
	if err := write(out); err != nil {
		return fmt.Errorf("writing %s: %w", db.Path(out), err)
	}
	meta := metadata.Metadata{Version: db.SchemaVersion, UpdatedAt: at.UTC(), NextUpdate: at.UTC().Add(lifetime)}
	if err := metadata.NewClient(out).Update(meta); err != nil {
		return fmt.Errorf("writing %s: %w", metadata.Path(out), err)
	}
	return nil
}

// write fills a new database.
func write(dir string) (err error) {
	if err := os.RemoveAll(db.Path(dir)); err != nil {
		return err
	}
	if err := db.Init(dir); err != nil {
		return err
	}
	defer func() {
		if closeErr := db.Close(); err == nil {
			err = closeErr
		}
	}()
	err = db.Config{}.BatchUpdate(func(tx *bolt.Tx) error {
		for _, a := range advisories() {
			if err := a.put(tx); err != nil {
				return fmt.Errorf("%s of %s: %w", a.id, a.pkg, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return db.Config{}.DeleteAdvisoryDetailBucket() // it served to gather them
}

// put stores one advisory where Trivy looks for it: what is known of the
// vulnerability under its id, what is affected under the source and package.
func (a advisory) put(tx *bolt.Tx) error {
	dbc := db.Config{}
	if err := dbc.PutAdvisoryDetail(tx, a.id, a.pkg, []string{a.source.bucket}, &a.versions); err != nil {
		return err
	}
	if err := dbc.PutDataSource(tx, a.source.bucket, a.source.DataSource); err != nil {
		return err
	}
	if err := dbc.SaveAdvisoryDetails(tx, a.id); err != nil {
		return err
	}
	return dbc.PutVulnerability(tx, a.id, types.Vulnerability{
		Title: a.title, Severity: a.severity.String(), CweIDs: a.weaknesses,
		VendorSeverity: types.VendorSeverity{a.source.ID: a.severity, "nvd": a.severity},
		CVSS:           a.cvss(), References: a.references,
	})
}
