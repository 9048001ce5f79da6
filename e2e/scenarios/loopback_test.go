// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"strings"
	"testing"
	"time"

	pipeline "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"github.com/adze-ci/adze/e2e/loop"
)

// knocking finds the registry to which the executor pushes, and talks to it.
const knocking = `#!/bin/sh
port=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | sed -n 's|^--destination=127.0.0.1:\([0-9]*\)/image:build$|\1|p' | head -n 1)
# say METHOD PATH TYPE BODY: the answer's head.
say() {
	printf '%s %s HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s' "$1" "$2" "$3" "${#4}" "$4" |
		nc 127.0.0.1 "$port" | tr -d '\r'
}
knock() { echo "knock $1 $2: $(say "$@" | sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p')"; }
`

// theft is a RUN line that has an image of its own pushed.
const theft = knocking + `
empty=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a # {}
at=$(say POST /v2/image/blobs/uploads/ | sed -n 's/^Location: //p')
knock PUT "$at?digest=sha256:$empty" application/octet-stream {}
type=application/vnd.oci.image.manifest.v1+json
knock PUT /v2/image/manifests/build $type '{"schemaVersion":2,"mediaType":"'$type'","config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":2,"digest":"sha256:'$empty'"},"layers":[]}'
`

// vandalism is what else RUN lines may try there.
const vandalism = knocking + `
knock GET /v2/_catalog
knock GET /v2/image/tags/list
knock POST /v2/other/blobs/uploads/
knock PUT /v2/other/manifests/latest application/vnd.oci.image.manifest.v1+json {}
knock PUT /v2/image/manifests/build application/vnd.oci.image.manifest.v1+json {}
knock PUT /v2/cache/manifests/latest application/vnd.oci.image.manifest.v1+json {}
knock DELETE /v2/image/manifests/build
for i in $(seq 300); do say POST /v2/image/blobs/uploads/; done | grep -c 'HTTP.* 507' | sed 's/^/refused uploads: /'
for i in $(seq 300); do say DELETE /v2/image/blobs/uploads/$i; done > /dev/null
{ printf 'PATCH /v2/image/blobs/uploads/1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n'; sleep 600; } | setsid nc 127.0.0.1 "$port" &
echo '{}' > /adze/layout/image/index.json && echo wrote to the layout
`

// A RUN line reaches the registry that the executor pushes to, and cannot have
// another image pushed by it: the build fails. What else it tries is refused, and the
// image is the executor's.
func TestLoopback(t *testing.T) {
	w := newWorld(t)
	var commit string
	build := func(name, script string) *pipeline.TaskRun {
		commit = w.beside("user: "+name, map[string]string{
			"microservices/user/Dockerfile": "FROM " + where.Base + "\nCOPY script /script\nRUN sh /script\n",
			"microservices/user/script":     script,
		})
		task := w.build(commit)
		w.wantTag("user", commit, !task.IsFailure())
		return task
	}
	task := build("push", theft)
	if !task.IsFailure() || loop.Result(task, "IMAGE_DIGEST") != "" {
		t.Errorf("%s", loop.Outcome(task))
	}
	w.wantLines(task, "kaniko-build", "knock PUT /v2/image/manifests/build: 201", "two images were pushed, so one of them by a RUN line")

	task = build("vandalize", vandalism)
	if task.IsFailure() {
		t.Errorf("%s", loop.Outcome(task))
	}
	w.wantLines(task, "kaniko-build",
		"knock GET /v2/_catalog: 404", "knock GET /v2/image/tags/list: 404", "knock POST /v2/other/blobs/uploads/: 404",
		"knock PUT /v2/other/manifests/latest: 404", "knock PUT /v2/image/manifests/build: 400", "knock PUT /v2/cache/manifests/latest: 400",
		"knock DELETE /v2/image/manifests/build: 405", "refused uploads: 4", "wrote to the layout")
	if t.Failed() {
		t.Fatal(w.stepLog(task, "kaniko-build"))
	}
	_, files := w.unpacked("user", commit)
	if got := files["script"]; got.Uid != 0 || got.Gid != 0 || !got.ModTime.Equal(time.Unix(0, 0)) {
		t.Errorf("what was copied is %s of %s", got, got.ModTime)
	}
}

// Failures are told in words that fit what the executor really says.
func TestBuildFailures(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		outcome, dockerfile string
		says                []string
	}{
		{"run", "RUN echo tried && exit 7\n", []string{"error: building Dockerfile:2 RUN echo tried && exit 7: failed with exit status 7; its last output:", "  tried"}},
		{"context", "FROM " + where.Base + "\nCOPY --from=0 /nope /nope\n", []string{"error: building Dockerfile:3 COPY --from=0 /nope /nope: asks for /nope, which is not in stage 0"}},
		{"context", "COPY nope /nope\n", []string{"error: building Dockerfile:2 COPY nope /nope: asks for nope, which is not in the build context"}},
		{"pull", "COPY --from=" + w.ImagePrefix + "/nope:1 /nope /nope\n", []string{"could not pull a base image: ", "/nope"}},
	} {
		commit := w.beside("user: fail", map[string]string{"microservices/user/Dockerfile": "FROM " + where.Base + "\n" + c.dockerfile})
		task := w.build(commit)
		if !task.IsFailure() || loop.Result(task, "outcome") != c.outcome {
			t.Errorf("%s: %s, outcome %q, want %q", c.dockerfile, loop.Outcome(task), loop.Result(task, "outcome"), c.outcome)
		}
		w.wantLines(task, "kaniko-build", append(c.says, "hint: ")...)
		if log := w.stepLog(task, "kaniko-build"); strings.Contains(log, "this is the executor's own failure") {
			t.Errorf("%s: the failure is not known: %s", c.dockerfile, log)
		}
	}
}

// build runs the Task image for service user at a commit.
func (w *world) build(commit string) *pipeline.TaskRun {
	w.t.Helper()
	done, err := w.RunTask(w.ctx, w.imageRun(commit))
	w.must(err)
	return done
}

// imageRun is the example's run of the Task image, for service user at a commit.
func (w *world) imageRun(commit string) *pipeline.TaskRun {
	w.t.Helper()
	var run pipeline.TaskRun
	w.apply("pipelines/examples/image-run.yaml", w.placeholders(commit), &run)
	for name, value := range map[string]string{"registry": w.ImagePrefix, "db-repository": w.Database} {
		run.Spec.Params = append(run.Spec.Params, pipeline.Param{Name: name, Value: *pipeline.NewStructuredValues(value)})
	}
	return &run
}
