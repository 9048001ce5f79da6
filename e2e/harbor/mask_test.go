// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// never is how Harbor writes a time that has not come.
const never = "0001-01-01T00:00:00.000Z"

// mask takes out of a text what differs from server to server.
type mask struct {
	pattern *regexp.Regexp
	with    string
}

func masks() []mask {
	uuid := `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
	return []mask{
		{regexp.MustCompile(uuid), "UUID"},
		{regexp.MustCompile(`_state=[^&"]*`), "_state=S"},
		{regexp.MustCompile(`(/projects/|/robots/|/immutabletagrules/|under the repository )\d+`), "${1}N"},
		{regexp.MustCompile(`(robot account )\d+`), "${1}N"},
	}
}

func masked(text string) string {
	for _, m := range masks() {
		text = m.pattern.ReplaceAllString(text, m.with)
	}
	return text
}

// maskedField is a field of an answer without what differs from server to server;
// whether a time has come stays.
func maskedField(name string, v any) any {
	switch v := v.(type) {
	case string:
		switch {
		case slices.Contains([]string{"secret", "token", "url", "pull_time", "report_id"}, name) && v != "":
			return strings.ToUpper(name)
		case (strings.HasSuffix(name, "_time") || strings.HasSuffix(name, "ed_at")) && v != never:
			return "TIME"
		}
		return masked(v)
	case float64:
		if slices.Contains([]string{"id", "project_id", "repository_id", "artifact_id", "child_id", "parent_id", "duration"}, name) && v > 0 {
			return 1.0
		}
	}
	return v
}

// differences are those between the body that was recorded and the one that
// came. In a recorded object the field "..." lets further fields be, and the
// value "absent" wants a field not to be.
func differences(recorded, came string) []string {
	var want, got any
	if json.Unmarshal([]byte(recorded), &want) != nil || json.Unmarshal([]byte(came), &got) != nil {
		if strings.TrimSpace(masked(recorded)) != strings.TrimSpace(masked(came)) {
			return []string{fmt.Sprintf("body %q, recorded %q", came, recorded)}
		}
		return nil
	}
	return compare("", "", want, got)
}

func compare(at, name string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			return compareObjects(at, want, got)
		}
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			break
		}
		var out []string
		for i := range want {
			out = append(out, compare(fmt.Sprintf("%s[%d]", at, i), name, want[i], got[i])...)
		}
		return out
	default:
		if maskedField(name, want) == maskedField(name, got) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is %v, recorded %v", at, text(got), text(want))}
}

func compareObjects(at string, want, got map[string]any) []string {
	var out []string
	_, open := want["..."]
	for name, value := range want {
		has, ok := got[name]
		switch {
		case name == "...":
		case value == "absent" && !ok:
		case !ok:
			out = append(out, fmt.Sprintf("%s.%s is missing, recorded %s", at, name, text(value)))
		default:
			out = append(out, compare(at+"."+name, name, value, has)...)
		}
	}
	for name, value := range got {
		if _, ok := want[name]; !ok && !open {
			out = append(out, fmt.Sprintf("%s.%s is %s and was not recorded", at, name, text(value)))
		}
	}
	return out
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
