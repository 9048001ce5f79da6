// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/kaniko-build/dock"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
	"github.com/adze-ci/adze/tasks/kaniko-build/reproducible"
)

// handover is how the executor's image gets to where it shall be.
type handover struct {
	dock *dock.Dock
	// dir is the layout's folder; scratch tells that only a tarball is wanted,
	// and that the folder goes again.
	dir     string
	scratch bool
	tarPath string
	image   string
	labels  []string
	// fixed tells that times are replaced by created, in what the lines made.
	fixed   bool
	created time.Time
	lines   []string
	log     *slog.Logger
}

// openHandover begins to wait for the executor's image.
func (o *options) openHandover(ctx context.Context, log *slog.Logger, r *recipe.Recipe, stages []stage, p *plan.Plan) (h *handover, err error) {
	h = &handover{
		dir: o.layout, scratch: o.layout == "", tarPath: o.tarPath, image: cmp.Or(o.image, "localhost/image"),
		fixed: o.reproducible, created: o.commitTime(), lines: linesOf(stages, targetOf(stages, r.Target)), log: log,
	}
	h.labels = o.labels(r, stages, p)
	d := dock.Options{Log: log}
	if err := o.takeFrom(p, &d, o.cacheable(r, stages)); err != nil {
		return nil, err
	}
	if err := h.makeRoom(); err != nil {
		return nil, err
	}
	d.Layout = h.dir
	if h.dock, err = dock.Open(ctx, d); err != nil && h.scratch {
		err = errors.Join(err, os.RemoveAll(h.dir))
	}
	return h, err
}

// makeRoom makes the folders.
func (h *handover) makeRoom() (err error) {
	if h.tarPath != "" {
		if err := os.MkdirAll(filepath.Dir(h.tarPath), 0o755); err != nil { //nolint:gosec // the folder is for others to read
			return step.Misuse("making the folder of --tar-path: %w", err)
		}
	}
	if !h.scratch {
		return prepareLayout(h.dir)
	}
	if h.dir, err = os.MkdirTemp(filepath.Dir(h.tarPath), ".image-"); err != nil {
		return step.Misuse("making room for --tar-path: %w", err)
	}
	return nil
}

// readPlan reads the plan; nil for none.
func (o *options) readPlan() (*plan.Plan, error) {
	if o.plan == "" {
		return nil, nil
	}
	p, err := plan.Read(o.plan)
	if err != nil {
		return nil, step.Misuse("--plan: %w", err)
	}
	return p, nil
}

// takeFrom takes from the plan which layers the next step finds in a registry,
// and where the cache is. A tarball must be whole, and goes nowhere.
func (o *options) takeFrom(p *plan.Plan, d *dock.Options, cacheable bool) error {
	if p == nil || o.tarPath != "" {
		return nil
	}
	d.Known = map[v1.Hash]int64{}
	for _, base := range p.Bases {
		for _, l := range base.Layers {
			h, err := v1.NewHash(l.Digest)
			if err != nil {
				return step.Misuse("--plan: %w", err)
			}
			d.Known[h] = l.Size
		}
	}
	if p.CacheRepository == "" {
		return nil
	}
	if !cacheable {
		d.Log.Warn("no layers are taken from earlier builds: a RUN line works in a mount, of which no layer tells")
		return nil
	}
	cache, err := o.newUpstream(p.CacheRepository, d.Log)
	d.Cache = cache
	return err
}

// finish ends the waiting, fixes times and writes the tarball.
func (h *handover) finish(ctx context.Context) (dock.Pushed, error) {
	if err := h.dock.Close(); err != nil {
		return dock.Pushed{}, err
	}
	image, err := h.dock.Image()
	if err == nil && h.fixed {
		image, err = h.fixTimes(ctx)
	}
	if err != nil || h.tarPath == "" {
		return image, err
	}
	digest, err := h.writeTarball(image.Digest)
	if h.scratch {
		image.Digest = digest
	}
	return image, err
}

// fixTimes makes the image the same as that of another build of the same.
func (h *handover) fixTimes(ctx context.Context) (dock.Pushed, error) {
	h.log.Info("giving the new layers fixed times")
	digest, manifest, err := reproducible.Rewrite(ctx, h.dir, h.lines, h.created)
	if errors.Is(err, reproducible.ErrUnknown) {
		h.log.Warn("another build of the same will have another digest", "cause", err.Error())
		return h.dock.Image()
	}
	if err != nil {
		return dock.Pushed{}, err
	}
	return h.dock.Describe(digest, manifest), nil
}

// writeTarball tells the digest of the image in it: a docker tarball reads back
// with a manifest of its own, which differs where the image is an OCI one.
func (h *handover) writeTarball(digest v1.Hash) (v1.Hash, error) {
	ref, err := name.NewTag(h.image)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("naming the image in %s: %w", h.tarPath, err)
	}
	index, err := layout.ImageIndexFromPath(h.dir)
	if err != nil {
		return v1.Hash{}, err
	}
	img, err := index.Image(digest)
	if err != nil {
		return v1.Hash{}, err
	}
	if err := tarball.WriteToFile(h.tarPath, ref, img); err != nil {
		return v1.Hash{}, fmt.Errorf("writing %s: %w", h.tarPath, err)
	}
	back, err := tarball.ImageFromPath(h.tarPath, nil)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("reading %s back: %w", h.tarPath, err)
	}
	return back.Digest()
}

// close stops waiting, and removes what was only on the way.
func (h *handover) close() error {
	err := h.dock.Close()
	if h.scratch {
		err = errors.Join(err, os.RemoveAll(h.dir))
	}
	return err
}
