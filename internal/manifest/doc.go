// SPDX-License-Identifier: Apache-2.0

// Package manifest reads the image references in manifests, and sets them
// without changing anything else.
//
// It finds references by parsing and edits by splicing: the YAML parser tells
// where a value stands, and only the bytes of that value are replaced. Blank
// lines, comments, quotes, indentation, line ends and key order stay as they are.
//
// It knows these places, in every document of a file:
//
//   - the value of any key `image`: containers of every kind, custom resources,
//     Helm values, and `reference` inside it (image volumes);
//   - `repository`, `tag`, `digest` and `registry` inside `image`, as Helm charts
//     write them;
//   - `images[]` of a kustomization: `name`, `newName`, `newTag`, `digest`.
//
// A reference is meant when its repository is exactly the wanted one. What
// cannot be set without touching more is refused with file, line and column: an
// anchor that something else uses too, a digest that is not known, a value that is
// not there. The result is parsed again and compared with the original before
// it is handed out.
//
// A file with template braces is no YAML until it is rendered; it is left
// alone, and reported, when it mentions the image.
package manifest
