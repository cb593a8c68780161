package chat

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"time"
)

// pageSize is how many items a session asks for at once, the most a page has.
const pageSize = 100

// ScanDirection says which way a transcript is read.
type ScanDirection string

// The directions. Without a start position the service reads backward, with
// one forward.
const (
	Forward  ScanDirection = "FORWARD"
	Backward ScanDirection = "BACKWARD"
)

// SortOrder says how the items within one page are sorted.
type SortOrder string

// The orders. The service's default is Descending.
const (
	Ascending  SortOrder = "ASCENDING"
	Descending SortOrder = "DESCENDING"
)

// StartPosition says where to start reading: at the item ID, at a time, or at
// the MostRecent-th newest item. Set one of them.
type StartPosition struct {
	ID           string
	AbsoluteTime time.Time
	MostRecent   int
}

// TranscriptQuery says which items of a transcript to get. The zero query gets
// the newest ones, newest first.
type TranscriptQuery struct {
	ContactID     string // limits the answer to one contact of the chain
	MaxResults    int    // items in a page, at most 100; 0 means the service's default
	ScanDirection ScanDirection
	SortOrder     SortOrder
	StartPosition *StartPosition
	NextToken     string // of the page before
}

// TranscriptPage is a page of a transcript.
type TranscriptPage struct {
	InitialContactID string
	Items            []Item
	NextToken        string // empty on the last page
}

// Transcript gets one page. It works after the end of the chat for those who
// may still read it then.
func (s *Session) Transcript(ctx context.Context, q TranscriptQuery) (TranscriptPage, error) {
	return transcript(q, func(c call) error { return s.call(ctx, c) })
}

// TranscriptItems gets items page by page, from q.NextToken if that is set to
// the end of the transcript, in the order of the pages and within them. It
// ends after an error. With Forward give Ascending as the order, with Backward
// leave it out, and the items come in one order throughout.
func (s *Session) TranscriptItems(ctx context.Context, q TranscriptQuery) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for {
			page, err := s.Transcript(ctx, q)
			if err != nil {
				yield(Item{}, err)
				return
			}
			for _, it := range page.Items {
				if !yield(it, nil) {
					return
				}
			}
			if page.NextToken == "" {
				return
			}
			q.NextToken = page.NextToken
		}
	}
}

func transcript(q TranscriptQuery, do func(call) error) (TranscriptPage, error) {
	type position struct {
		ID           string `json:"Id,omitempty"`
		AbsoluteTime string `json:",omitempty"`
		MostRecent   int    `json:",omitempty"`
	}
	in := struct {
		ContactID     string        `json:"ContactId,omitempty"`
		MaxResults    int           `json:",omitempty"`
		NextToken     string        `json:",omitempty"`
		ScanDirection ScanDirection `json:",omitempty"`
		SortOrder     SortOrder     `json:",omitempty"`
		StartPosition *position     `json:",omitempty"`
	}{q.ContactID, q.MaxResults, q.NextToken, q.ScanDirection, q.SortOrder, nil}
	if p := q.StartPosition; p != nil {
		in.StartPosition = &position{ID: p.ID, MostRecent: p.MostRecent}
		if !p.AbsoluteTime.IsZero() {
			in.StartPosition.AbsoluteTime = p.AbsoluteTime.UTC().Format("2006-01-02T15:04:05.000Z")
		}
	}
	var out struct {
		InitialContactID string `json:"InitialContactId"`
		Transcript       []Item
		NextToken        string
	}
	err := do(call{operation: "GetTranscript", path: "/participant/transcript", in: in, out: &out})
	return TranscriptPage{out.InitialContactID, out.Transcript, out.NextToken}, err
}

// past reads this chat's items, the newest limit of them if limit is positive,
// only the newest one if it is negative. It leaves out the past chats that a
// persistent chat continues.
func (s *Session) past(ctx context.Context, limit int) ([]Item, error) {
	q := TranscriptQuery{MaxResults: pageSize, ScanDirection: Backward, SortOrder: Descending}
	if limit < 0 {
		limit = 1
	}
	if limit > 0 {
		q.MaxResults = min(limit, pageSize)
	}
	var items []Item // newest first
	for {
		page, err := transcript(q, func(c call) error { return s.attempt(ctx, c) })
		if err != nil {
			return nil, err
		}
		for _, it := range page.Items {
			if it.RelatedContactID != "" || limit > 0 && len(items) == limit {
				page.NextToken = ""
				break
			}
			items = append(items, it)
		}
		if page.NextToken == "" || limit > 0 && len(items) == limit {
			slices.Reverse(items)
			return items, nil
		}
		q.NextToken = page.NextToken
	}
}

// since reads the items from the given one on, as many as the backlog allows,
// and reports whether there are more. If the service does not know that item
// it reads all of the past.
func (s *Session) since(ctx context.Context, after string) (items []Item, more bool, err error) {
	q := TranscriptQuery{
		MaxResults:    pageSize,
		ScanDirection: Forward,
		SortOrder:     Ascending,
		StartPosition: &StartPosition{ID: after},
	}
	for {
		page, err := transcript(q, func(c call) error { return s.attempt(ctx, c) })
		e, ok := errors.AsType[*Error](err)
		invalid := ok && e.StatusCode == http.StatusBadRequest
		if len(items) == 0 && (invalid || err == nil && len(page.Items) == 0) {
			items, err := s.past(ctx, 0)
			return items, false, err
		}
		if err != nil {
			return nil, false, err
		}
		items = append(items, page.Items...)
		if page.NextToken == "" || len(items) >= s.opts.Backlog {
			return items, page.NextToken != "", nil
		}
		q.NextToken = page.NextToken
	}
}
