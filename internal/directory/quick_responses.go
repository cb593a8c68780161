package directory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
)

// QuickResponseID names a quick response.
type QuickResponseID string

// QuickResponse is something that agents say often. It may hold placeholders,
// which the desk fills: {{customer.name}}, {{agent.name}}, {{attributes.KEY}}.
type QuickResponse struct {
	ID          QuickResponseID
	Name        string
	Description string
	// Shortcut is what agents type after a slash; it may be empty.
	Shortcut string
	Content  string
	Markdown bool
	Disabled bool // is not found
	// Queues and Profiles limit it to agents who serve one of the queues or have
	// one of the profiles; where both are empty it is for everybody.
	Queues   []contact.QueueID
	Profiles []ProfileID
}

// Limits of quick responses.
const (
	MaxQuickResponses        = 1000 // of an instance
	MaxQuickResponseName     = 100  // characters
	MaxQuickResponseShortcut = 100  // characters
	MaxQuickResponse         = contact.MaxText
)

// offers reports whether a quick response is for a user.
func (d *Directory) offers(q *QuickResponse, u *User) bool {
	switch {
	case q.Disabled:
		return false
	case len(q.Queues) == 0 && len(q.Profiles) == 0:
		return true
	}
	return slices.Contains(q.Profiles, u.Profile) ||
		slices.ContainsFunc(q.Queues, func(id contact.QueueID) bool { return d.Serves(u, id) })
}

// FindQuickResponses returns the quick responses for a user that have each word
// of a query somewhere, or all where it has none. Those come first whose shortcut
// it is, then those whose shortcut, whose name and whose content has it.
func (d *Directory) FindQuickResponses(u *User, query string) []*QuickResponse {
	query = strings.ToLower(strings.TrimLeft(strings.TrimSpace(query), "/#"))
	words := strings.Fields(query)
	type hit struct {
		*QuickResponse
		rank int
	}
	var hits []hit
	for _, q := range d.QuickResponses {
		if !d.offers(q, u) {
			continue
		}
		if rank, ok := q.rank(query, words); ok {
			hits = append(hits, hit{q, rank})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.Name, b.Name), strings.Compare(string(a.ID), string(b.ID)))
	})
	found := make([]*QuickResponse, len(hits))
	for i := range hits {
		found[i] = hits[i].QuickResponse
	}
	return found
}

// rank says how well a query fits; low is better.
func (q *QuickResponse) rank(query string, words []string) (rank int, ok bool) {
	shortcut, name, content := strings.ToLower(q.Shortcut), strings.ToLower(q.Name), strings.ToLower(q.Content)
	all := shortcut + "\n" + name + "\n" + content
	if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) }) {
		return 0, false
	}
	within := func(text string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	}
	for i, fits := range []bool{
		query == "", // all alike
		shortcut == query, strings.HasPrefix(shortcut, query), within(shortcut),
		strings.HasPrefix(name, query), within(name), within(name + "\n" + shortcut),
	} {
		if fits {
			return i, true
		}
	}
	return len(all), true // in the content; the shorter the better
}
