// SPDX-License-Identifier: Apache-2.0

package step

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/pflag"
)

// Release is the version that this source is of or works towards; the label
// app.kubernetes.io/version of everything that is installed has it too.
const Release = "0.1.0"

// Version is what the build recorded, the module's version or the commit's. Images
// are built without that, so that a commit leaves those alone whose code it does not
// change; they answer with the release.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return Release
}

// writeHelp prints the manual of one command.
func writeHelp(w io.Writer, path string, cmd Command, flags *Flags) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\nusage: %s\n", path, cmd.Summary, usage(path, cmd))
	if len(cmd.Commands) > 0 {
		b.WriteString("\ncommands:\n")
	}
	for _, c := range cmd.Commands {
		fmt.Fprintf(&b, "  %-14s %s\n", c.Name, c.Summary)
	}
	if flags.HasFlags() {
		b.WriteString("\nflags:\n")
		b.WriteString(flags.FlagUsagesWrapped(100))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func usage(path string, cmd Command) string {
	words := []string{path}
	if cmd.New != nil {
		words = append(words, "[flags]")
	}
	if cmd.Args != "" {
		words = append(words, cmd.Args)
	}
	if cmd.New == nil && len(cmd.Commands) > 0 {
		words = append(words, "COMMAND")
	}
	return strings.Join(words, " ")
}

// FlagsOf declares a command's flags without running it, for documents and
// for checks of YAML against the real flags.
func FlagsOf(cmd Command) *Flags {
	if cmd.New == nil {
		return newFlags(cmd.Name)
	}
	return declare(cmd.Name, cmd.New())
}

// Markdown renders the flags and results of a command and of its subcommands
// as tables for its README.
func Markdown(cmd Command) string {
	var b strings.Builder
	markdown(&b, cmd.Name, cmd)
	return b.String()
}

func markdown(b *strings.Builder, path string, cmd Command) {
	if cmd.New != nil {
		fmt.Fprintf(b, "`%s`: %s\n\n", usage(path, cmd), cmd.Summary)
		flags := FlagsOf(cmd)
		b.WriteString("| flag | default | meaning |\n|---|---|---|\n")
		flags.VisitAll(func(f *pflag.Flag) { b.WriteString(flagRow(f)) })
		b.WriteString("\n")
		resultTable(b, flags)
	}
	for _, c := range cmd.Commands {
		markdown(b, path+" "+c.Name, c)
	}
}

func flagRow(f *pflag.Flag) string {
	if strings.HasPrefix(f.Name, "result-") {
		return ""
	}
	def := f.DefValue
	if def == "[]" {
		def = ""
	}
	if def != "" {
		def = "`" + def + "`"
	}
	name, text := pflag.UnquoteUsage(f)
	if name != "" {
		name = " " + strings.ReplaceAll(name, "|", "\\|")
	}
	return fmt.Sprintf("| `--%s`%s | %s | %s |\n", f.Name, name, def, strings.ReplaceAll(text, "|", "\\|"))
}

func resultTable(b *strings.Builder, flags *Flags) {
	if len(flags.Results.Values()) == 0 {
		return
	}
	b.WriteString("| result | type | meaning |\n|---|---|---|\n")
	for _, v := range flags.Results.Values() {
		kind := "string"
		if v.Array {
			kind = "array"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", v.Name, kind, strings.ReplaceAll(v.Usage, "|", "\\|"))
	}
	b.WriteString("\nEach result has a flag, `--result-` and its name in kebab-case, that takes the file to write it to.\n\n")
}
