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
//     Helm values, and `reference` inside it (image volumes); a version may
//     stand beside it as `imageTag` or `tag`;
//   - `repository` or `name`, `registry`, `tag` and `digest` inside `image`, as Helm
//     charts write them, also with a registry for all images under `global`;
//   - `images[]` of a kustomization or of Flux's Kustomization: `name`, `newName`,
//     `newTag`, `digest`;
//   - what an Argo CD Application overrides: kustomize's images, Helm's parameters;
//   - any value with a marker behind it, Flux's `# {"$imagepolicy": "NAMESPACE:NAME"}`
//     or `# adze: SERVICE`, with `:tag`, `:name` or `:digest` behind the name where
//     only that part stands there. It is set for that service, and for no other.
//
// JSON is read by a scanner of its own, and stays JSON. A tag that a reader of YAML
// might take for something else than a text gets quotes; they stay when a later
// tag needs none.
//
// A reference is meant when its repository is exactly the wanted one. What
// cannot be set without touching more is refused with file, line and column: an
// anchor or a merge that something else takes too, a key that stands twice, a digest
// that is not known, a value that is not there. The result is parsed again and
// compared with the original before it is handed out.
//
// A value that is filled in later, between template braces or by a variable as
// ${TAG}, is left alone and reported. So is a file that is no YAML before it is
// rendered, where it mentions the image.
package manifest
