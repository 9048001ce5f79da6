// SPDX-License-Identifier: Apache-2.0

package main

// The ways, in the order of the table. How much more one takes is told of Kaniko's
// own push.
const (
	wayKaniko      = "Kaniko by itself"
	wayHandover    = "kaniko-build, harbor-push, with `--reproducible=false`"
	wayKanikoTimes = "Kaniko by itself, with its `--reproducible`"
	wayTimes       = "kaniko-build, harbor-push"
)

// The names of the tasks.
const (
	taskNew   = "all is new"
	taskSmall = "a small file on a base that the registry has"
)

// task is something to build.
type task struct {
	name, context string
	// layers are those of the image.
	layers int
	// based says that the image is built on the base.
	based bool
}

// tasks are all of them, in the order of the table.
func tasks() []task {
	return []task{
		{name: taskNew, context: contextNew, layers: layers},
		{name: taskSmall, context: contextSmall, layers: layers + 1, based: true},
	}
}

// way is a way to build and push.
type way struct {
	name  string
	steps func(host string, args []string) [][]string
}

func ways() []way {
	return []way{
		{wayKaniko, func(host string, args []string) [][]string { return kaniko(host, args) }},
		{wayHandover, func(host string, args []string) [][]string { return handover(host, args, "--reproducible=false") }},
		{wayKanikoTimes, func(host string, args []string) [][]string { return kaniko(host, append(args, "--reproducible")) }},
		{wayTimes, func(host string, args []string) [][]string { return handover(host, args) }},
	}
}

// repository and tag are where the image goes.
const (
	repository = "/library/app"
	tag        = "v1"
)

// kaniko builds and pushes in one step, with the arguments that kaniko-build gives.
func kaniko(host string, args []string) [][]string {
	return [][]string{append([]string{
		executor, "--force", "--log-format=json", "--image-download-retry=3", "--ignore-path=/ko-app",
		"--context=" + source, "--dockerfile=" + source + "/Dockerfile", "--destination=" + host + repository + ":" + tag,
	}, args...)}
}

// handover are the steps of a Pod whose build has no password. The hash of the files is
// known to a step before these.
func handover(host string, args []string, more ...string) [][]string {
	layout, image := shared+"/image", host+repository
	reuse := append([]string{
		kanikoBuild, "reuse", "--context=" + source, "--input-hash=known", "--image=" + image, "--plan=" + planFile, "--from=" + layout, "--harbor=no", "--ca-file=" + authority,
	}, args...)
	build := append([]string{kanikoBuild, "--context=" + source, "--layout=" + layout, "--plan=" + planFile, "--extra-arg=--force"}, append(args, more...)...)
	return [][]string{reuse, build, {harborPush, "--from=" + layout, "--plan=" + planFile, "--image=" + image, "--tag=" + tag, "--harbor=no", "--ca-file=" + authority}}
}
