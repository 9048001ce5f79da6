// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/adze-ci/adze/internal/step"
)

// remote is a server that speaks git's smart HTTP, protocol version 2.
type remote struct {
	url    *url.URL
	client *http.Client
	auth   *login
	log    *slog.Logger
	// caps are the server's capabilities, nil before it was asked.
	caps map[string]string
}

func (r *remote) name() string { return r.url.Redacted() }

// capabilities asks the server what it can do, once, and follows it to where
// it redirects.
func (r *remote) capabilities(ctx context.Context) error {
	if r.caps != nil {
		return nil
	}
	u := *r.url
	u.Path = strings.TrimSuffix(u.Path, "/") + "/info/refs"
	u.RawQuery = "service=git-upload-pack"
	body, final, err := r.send(ctx, http.MethodGet, &u, nil)
	if err != nil {
		return err
	}
	caps, err := parseCapabilities(body)
	if err != nil {
		return step.Hint(fmt.Errorf("asking %s for its capabilities: %w", r.name(), err), "adze speaks git protocol version 2 over http, which git serves since 2.18")
	}
	if format := caps["object-format"]; format != "" && format != "sha1" {
		return fmt.Errorf("%s: object format %s is not supported, only sha1", r.name(), format)
	}
	if !strings.Contains(" "+caps["fetch"]+" ", " filter ") {
		r.log.Warn("the git server takes no filter, it will send more than is needed", "url", r.name())
	}
	if path, ok := strings.CutSuffix(final.Path, "/info/refs"); ok {
		r.auth = r.auth.follow(r.url, final)
		r.url = &url.URL{Scheme: final.Scheme, Host: final.Host, Path: path}
	}
	r.caps = caps
	return nil
}

// parseCapabilities reads the answer to info/refs.
func parseCapabilities(body []byte) (map[string]string, error) {
	br := bufio.NewReader(bytes.NewReader(body))
	lines, err := readLines(br)
	if err == nil && len(lines) > 0 && strings.HasPrefix(lines[0], "# service=") {
		lines, err = readLines(br)
	}
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 || lines[0] != "version 2" {
		return nil, errors.New("it does not answer in protocol version 2")
	}
	caps := map[string]string{}
	for _, line := range lines[1:] {
		key, value, _ := strings.Cut(line, "=")
		caps[key] = value
	}
	return caps, nil
}

func (r *remote) refs(ctx context.Context, prefixes []string) ([]Ref, error) {
	if err := r.capabilities(ctx); err != nil {
		return nil, err
	}
	var req writer
	r.command(&req, "ls-refs")
	req.line("peel")
	req.line("symrefs")
	for _, p := range prefixes {
		req.line("ref-prefix %s", p)
	}
	req.flush()
	body, err := r.post(ctx, req.buf)
	if err != nil {
		return nil, fmt.Errorf("listing refs of %s: %w", r.name(), err)
	}
	lines, err := readLines(bufio.NewReader(bytes.NewReader(body)))
	if err != nil {
		return nil, fmt.Errorf("listing refs of %s: %w", r.name(), err)
	}
	return parseRefs(lines)
}

// parseRefs reads "<id> <name> [symref-target:<ref>] [peeled:<id>]". The id of
// an annotated tag is that of what it names.
func parseRefs(lines []string) ([]Ref, error) {
	var refs []Ref
	for _, line := range lines {
		words := strings.Split(line, " ")
		if len(words) < 2 {
			return nil, fmt.Errorf("ref line %q", line)
		}
		ref := Ref{Name: words[1]}
		for _, attr := range words[2:] {
			if id, ok := strings.CutPrefix(attr, "peeled:"); ok {
				words[0] = id
			}
			if target, ok := strings.CutPrefix(attr, "symref-target:"); ok {
				ref.Target = target
			}
		}
		var err error
		if ref.ID, err = ParseID(words[0]); err != nil {
			return nil, fmt.Errorf("ref line %q: %w", line, err)
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

func (r *remote) command(req *writer, name string) {
	req.line("command=%s", name)
	req.line("agent=adze/%s", strings.ReplaceAll(step.Version(), " ", "-"))
	if _, ok := r.caps["object-format"]; ok {
		req.line("object-format=sha1")
	}
	req.delim()
}

func (r *remote) load(ctx context.Context, w want, into *memory.Storage) error {
	if err := r.capabilities(ctx); err != nil {
		return err
	}
	body, err := r.post(ctx, r.fetchRequest(w))
	if err == nil {
		err = storePack(body, into)
	}
	var said *serverError
	if errors.As(err, &said) && said.missing() {
		return &MissingError{IDs: w.ids, Where: r.name()}
	}
	if err != nil {
		return fmt.Errorf("fetching %d objects from %s: %w", len(w.ids), r.name(), err)
	}
	return nil
}

// fetchRequest writes the arguments of a fetch that asks for everything at
// once and offers nothing.
func (r *remote) fetchRequest(w want) []byte {
	var req writer
	r.command(&req, "fetch")
	req.line("no-progress")
	req.line("ofs-delta")
	features := " " + r.caps["fetch"] + " "
	if w.filter != "" && strings.Contains(features, " filter ") {
		req.line("filter %s", w.filter)
	}
	if w.depth > 0 && strings.Contains(features, " shallow ") {
		req.line("deepen %d", w.depth)
	}
	for _, id := range w.ids {
		req.line("want %s", id)
	}
	req.line("done")
	req.flush()
	return req.buf
}

// storePack reads the sections of a fetch's answer and unpacks the packfile.
func storePack(body []byte, into *memory.Storage) error {
	br := bufio.NewReader(bytes.NewReader(body))
	for {
		kind, data, err := readPkt(br)
		if err != nil {
			return fmt.Errorf("the answer holds no pack: %w", unexpected(err))
		}
		if kind == pktData && string(bytes.TrimSpace(data)) == "packfile" {
			break
		}
	}
	pack := &bands{r: br}
	if err := packfile.UpdateObjectStorage(into, pack); err != nil {
		return fmt.Errorf("reading the pack: %w", err)
	}
	_, err := io.Copy(io.Discard, pack)
	return err
}
