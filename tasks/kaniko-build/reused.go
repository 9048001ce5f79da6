// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"fmt"

	"github.com/adze-ci/adze/internal/step"
)

// outcomeReused is the result where the image exists.
const outcomeReused = "reused"

// leave builds nothing, for the image exists.
func (o *options) leave(env *step.Env) error {
	env.Log.Info("the image exists, so nothing is built", "image", o.image, "digest", o.reused)
	o.imageURL.Set(o.image)
	o.imageDigest.Set(o.reused)
	o.outcome.Set(outcomeReused)
	o.imageSize.Set("") // not known here; a result that is missing fails who reads it
	o.layersWritten.Set("0")
	o.duration.Set("0")
	_, err := fmt.Fprintln(env.Stdout, o.reused)
	return err
}
