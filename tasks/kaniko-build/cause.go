// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"slices"
	"strings"

	"github.com/adze-ci/adze/tasks/kaniko-build/dock"
)

// cause is what a failure comes from that the executor's own words tell.
type cause struct {
	// said are the words, any of which will do.
	said []string
	kind kind
	// what is told; where it ends in a space, what the executor said after the first of
	// its words follows, or all that it said. It is empty for a file that is not there.
	what, hint string
	// line finds the instruction where it is not the current one; nil where it is.
	line func(string) bool
}

// causes are all that are known, of Kaniko 1.25.0 and the registry client in it. Of
// several the first counts.
func causes() []cause {
	return []cause{
		{[]string{"waiting for process to exit: "}, kindRun, "failed with ", "run the same line in a container of the stage's base image", nil},
		{[]string{"no space left on device", "disk quota exceeded"}, kindDisk, outOfDisk, moreDisk, nil},
		{[]string{"runtime: out of memory", "cannot allocate memory"}, kindMemory, "ran out of memory: ", lessMemory, nil},
		{[]string{"operation not permitted"}, kindExecutor, "was not permitted: ", "the step must run as root with the capabilities CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETFCAP, SETGID and SETUID", nil},
		{[]string{"starting command: "}, kindRun, "could not be started: ", "is that program in the stage's base image? RUN wants a shell, unless it is written as a JSON array", nil},
		{[]string{dock.ErrContested.Error()}, kindOutput, "could not hand over the image: " + dock.ErrContested.Error(), onePush, nil},
		{[]string{"error pushing image", "error checking push permissions"}, kindOutput, "could not hand over the image: ", moreRoom, nil},
		{[]string{"downloading remote source file: "}, kindContext, "could not download what it adds: ", "fetch it in a RUN line, or put it into the build context; ADD has no password, and --ca-file says whom to trust", nil},
		{[]string{"failed to get fileinfo for ", "copy failed", "could not copy source"}, kindContext, "", "", nil},
		{[]string{"does not exist on the system", "resolving user ", "resolving group ", "getting user group from chown"}, kindDockerfile, "names a user or group that the image does not have: ", "add it in a RUN line before, or give a number", nil},
		{[]string{"destination must be a directory and end in '/'"}, kindDockerfile, "copies several files to what is no folder", "end the destination with /", copiesSeveral},
		{[]string{"invalid protocol", "parsing value from chmod"}, kindDockerfile, "cannot be built: ", "write it as the Dockerfile's reference has it; modes are octal numbers here", nil},
		{[]string{"parsing dockerfile", "dockerfile parse error", "is not a valid target build stage", "Error finding target stage", "resolving base name"}, kindDockerfile, "cannot be built: ", "the Dockerfile, --target or a build argument is wrong", nil},
		{[]string{
			"UNAUTHORIZED", "MANIFEST_UNKNOWN", "NAME_UNKNOWN", "DENIED", "TOOMANYREQUESTS", "dial tcp", "x509:", "no such host", "could not parse reference",
			"unable to complete operation", "failed to get filesystem from image", "server gave HTTP response",
		}, kindPull, "could not pull a base image: ", "check the FROM lines; --registry-mirror and --ca-file say where docker.io's images come from and whom to trust, --insecure who has no TLS", nil},
	}
}

// copiesSeveral tells whether an instruction has several sources, and a destination
// that does not end with a slash.
func copiesSeveral(line string) bool {
	words := slices.DeleteFunc(strings.Fields(line), func(w string) bool { return strings.HasPrefix(w, "--") })
	return copies(line) && len(words) > 3 && !strings.HasSuffix(strings.Trim(words[len(words)-1], `[]",`), "/")
}

// tell says it, with the executor's words where they are of use.
func (c cause) tell(words string) string {
	if !strings.HasSuffix(c.what, " ") {
		return c.what
	}
	if _, rest, ok := strings.Cut(words, c.said[0]); ok && strings.HasSuffix(c.said[0], ": ") {
		words = rest
	}
	return c.what + strings.TrimSpace(words)
}

// The words of failures that come from more than one place.
const (
	outOfDisk = "ran out of disk space"
	moreDisk  = "raise the pod's ephemeral storage, or copy and keep less in the Dockerfile"
	moreRoom  = "is there room, and may root write, where --layout or --tar-path lead?"
	onePush   = "the executor alone pushes to the registry on loopback that the build has; no RUN line may"
)
