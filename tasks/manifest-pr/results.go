// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// results are what is handed to other tasks.
type results struct {
	set                    *result.Set
	urls, numbers, outcome *result.Value
}

func (r *results) declare(f *step.Flags) {
	r.set = &f.Results
	r.urls = f.ResultArray("pull-request-urls", "addresses of the open pull requests; where they are too many for a result, the one address that lists them")
	r.numbers = f.ResultArray("numbers", "numbers of the open pull requests; left out where they are too many for a result")
	r.outcome = f.Result("outcome", "what became of the services, as a JSON object of lists: opened, updated, unchanged, superseded, held-back, refused, unanswered or failed")
}

// reserve fails where the results could not hold these services, before
// anything is proposed: a pull request cannot be taken back. Place is about as
// long as the repository's address.
func (r *results) reserve(services []string, place string) error {
	byOutcome := map[propose.Kind][]string{propose.Superseded: services}
	for _, k := range []propose.Kind{propose.Opened, propose.Updated, propose.Unchanged, heldBack, refused, unanswered, failed} {
		byOutcome[k] = []string{}
	}
	if err := r.setOutcome(byOutcome); err != nil {
		return err
	}
	r.urls.SetArray([]string{listOf(place)})
	err := r.set.Fit()
	r.urls.Unset()
	r.outcome.Unset()
	if err != nil {
		return step.Hint(step.Misuse("%d services are too many for one run: %w", len(services), err), "name fewer with --service, in several runs")
	}
	return nil
}

func (r *results) setOutcome(byOutcome map[propose.Kind][]string) error {
	text, err := json.Marshal(byOutcome)
	r.outcome.Set(string(text))
	return err
}

// hand sets the results. What became of each service always has room; numbers
// and addresses of many pull requests may have none, and then one address leads
// to all of them.
func (t *tally) hand(o *options, log *slog.Logger) error {
	byOutcome, urls, numbers := map[propose.Kind][]string{}, []string{}, []string{}
	for _, l := range t.lines {
		byOutcome[l.Outcome] = append(byOutcome[l.Outcome], l.Service)
		if l.URL != "" && !slices.Contains(urls, l.URL) {
			urls, numbers = append(urls, l.URL), append(numbers, strconv.Itoa(l.Number))
		}
	}
	r := &o.results
	if err := r.setOutcome(byOutcome); err != nil {
		return err
	}
	r.urls.SetArray(urls)
	r.numbers.SetArray(numbers)
	if len(urls) == 0 || r.set.Fit() == nil {
		return nil
	}
	log.Warn(fmt.Sprintf("%d pull requests are too many for results: pull-request-urls has the address that lists them, numbers is left out", len(urls)))
	r.urls.SetArray([]string{listOf(urls[0])})
	r.numbers.Unset()
	return nil
}

// listOf is the address of the list that holds a pull request and all others
// from branches like its own:
// https://docs.github.com/en/search-github/searching-on-github/searching-issues-and-pull-requests
func listOf(pull string) string {
	repository, _, _ := strings.Cut(pull, "/pull/")
	return repository + "/pulls?q=" + url.QueryEscape("is:pr is:open head:"+propose.Branch(""))
}
