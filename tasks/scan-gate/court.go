// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/wanted"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
	"github.com/adze-ci/adze/tasks/scan-gate/source"
)

// parallel is how many images are scanned at a time, at most: each scan takes memory.
const parallel = 2

// court judges many images by one policy.
type court struct {
	*options
	rules   *policy.Policy
	client  *registry.Client
	harbors *harbor.Client
	log     *slog.Logger

	mutex  sync.Mutex
	passed map[string]string
}

// hear judges images, and returns the digests of those that passed, by service. One
// that fails holds back no other.
func (c *court) hear(ctx context.Context, services []wanted.Service) (map[string]string, error) {
	c.passed = map[string]string{}
	if len(services) == 0 {
		return c.passed, nil
	}
	caches, err := source.NewCaches(min(parallel, runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, err
	}
	defer caches.Remove()
	for c.source.OwnDatabase() && !caches.Filled() && len(services) > 0 {
		c.see(ctx, caches, services[0]) // it fetches the database for all
		services = services[1:]
	}
	var group errgroup.Group
	group.SetLimit(caches.Size())
	for _, s := range services {
		group.Go(func() error {
			c.see(ctx, caches, s)
			return nil
		})
	}
	_ = group.Wait() // none of them has an error
	return c.passed, nil
}

// see judges the image of one service, and keeps in mind that it passed.
func (c *court) see(ctx context.Context, caches *source.Caches, s wanted.Service) {
	log := c.log.With("service", s.Name)
	err := caches.With(func(dir string) error { return c.judge(ctx, dir, s, log) })
	if err != nil {
		log.Warn("it is left to the service's own run", "cause", err.Error())
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.passed[s.Name] = s.Digest
}

// judge has an image judged as one alone is, and tagged. Its error says why it has
// not passed.
func (c *court) judge(ctx context.Context, cache string, s wanted.Service, log *slog.Logger) error {
	one := *c.options
	one.keyTag, one.source = s.KeyTag, c.source.InCache(cache)
	if err := checkTag("the build key's tag", s.KeyTag); err != nil {
		return err
	}
	g, err := one.gate(c.client, c.harbors, log, s.Image+"@"+s.Digest)
	if err != nil {
		return err
	}
	if g.image, err = g.subject(ctx); err != nil {
		return err
	}
	if g.image.DigestStr() != s.Digest {
		return fmt.Errorf("the tag %s is on another image, %s", one.tag, g.image)
	}
	answer, err := g.judge(ctx, c.rules)
	if err != nil {
		return err
	}
	if answer.Verdict.Refused() {
		return fmt.Errorf("%s is refused: %s", g.image, answer.Verdict.Note())
	}
	g.keep(ctx, answer)
	if err := g.putTags(ctx, one.keyTag); err != nil {
		return err
	}
	log.Info("passed, and has the tag", "image", g.image.String(), "tag", one.tag)
	return nil
}
