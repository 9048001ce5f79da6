// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
)

// The reasons of a situation, which are those of the Events.
const (
	starting  = "NodeResolvStarting"
	waiting   = "NodeResolvWaiting"
	installed = "NodeResolvInstalled"
	refused   = "NodeResolvRefused"
	silent    = "NodeResolvNameserverSilent"
	failed    = "NodeResolvFailed"
)

// longestRound is how long the agent may take to come round, with an API server
// and nameservers that let it wait.
const longestRound = time.Minute

// situation is where things stand.
type situation struct {
	reason, message string
	err             error
}

// reporter tells a change of the situation to the log, to an Event of the
// node, and to whoever asks for the readiness.
type reporter struct {
	listen, node string
	api          *kubeapi.Client
	log          *slog.Logger
	now          atomic.Pointer[situation]
	// reported is when the agent last came round, in Unix seconds.
	reported atomic.Int64
	stuck    time.Duration
	events   chan kubeapi.Event
	metrics  metrics
}

func newReporter(o *options, api *kubeapi.Client, log *slog.Logger) *reporter {
	r := &reporter{
		listen: o.healthListen, node: o.nodeName, api: api, log: log,
		events: make(chan kubeapi.Event, 8), stuck: 3*o.probeInterval + longestRound,
	}
	r.now.Store(&situation{})
	r.reported.Store(time.Now().Unix())
	return r
}

// report takes in a situation; the same again is silent.
func (r *reporter) report(s situation) {
	r.reported.Store(time.Now().Unix())
	before := r.now.Swap(&s)
	if before.reason == s.reason && before.message == s.message {
		return
	}
	good := s.reason == installed || s.reason == starting
	if good {
		r.log.Info(s.message, "situation", s.reason)
	} else {
		r.log.Warn(s.message, "situation", s.reason)
	}
	for _, hint := range step.Hints(s.err) {
		r.log.Info("hint: " + hint)
	}
	if r.node == "" || s.reason == starting {
		return
	}
	select {
	case r.events <- kubeapi.Event{Node: r.node, Warning: !good, Reason: s.reason, Message: s.message}:
	default: // the API server is away; the log has it
	}
}

// sendEvents sends what was reported until the context ends.
func (r *reporter) sendEvents(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-r.events:
			if err := r.api.Tell(ctx, e); err != nil && ctx.Err() == nil {
				r.log.Warn("an Event could not be told", "reason", err)
			}
		}
	}
}

// serve answers /healthz, that the agent comes round, /readyz, that the node
// resolves in-cluster names, and /metrics, until the context ends.
func (r *reporter) serve(ctx context.Context) error {
	if r.listen == "" {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", r.listen)
	if err != nil {
		err = fmt.Errorf("listening for health checks: %w", err)
		return step.Hint(err, "where another program of the node has that port, name another in --health-listen and in the probes")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", r.alive)
	mux.HandleFunc("GET /readyz", r.ready)
	mux.HandleFunc("GET /metrics", r.metrics.serve)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			r.log.Error("health checks are no longer answered", "reason", err)
		}
	}()
	return nil
}

func (r *reporter) alive(w http.ResponseWriter, _ *http.Request) {
	if idle := time.Since(time.Unix(r.reported.Load(), 0)); idle > r.stuck {
		answer(w, http.StatusServiceUnavailable, fmt.Sprintf("the agent has been stuck for %s", idle.Round(time.Second)))
		return
	}
	answer(w, http.StatusOK, "alive")
}

func (r *reporter) ready(w http.ResponseWriter, _ *http.Request) {
	s := r.now.Load()
	status := http.StatusServiceUnavailable
	if s.reason == installed {
		status = http.StatusOK
	}
	answer(w, status, s.reason+": "+s.message)
}

func answer(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the asker may be gone
}
