package participantapi

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

const defaultResults = 10

// GetTranscript answers POST /participant/transcript.
func (a *API) GetTranscript(ctx context.Context, in *participant.GetTranscriptRequest) (*participant.GetTranscriptResponse, error) {
	chat, p, err := a.connection(in.ConnectionToken)
	if err != nil {
		return nil, err
	}
	q, err := query(in)
	if err != nil {
		return nil, err
	}
	out := &participant.GetTranscriptResponse{InitialContactId: string(chat), Transcript: []participant.Item{}}
	if q == nil {
		// A position that cannot exist: access is checked, nothing is found.
		_, err := a.centre.Transcript(ctx, chat, p, centre.TranscriptQuery{Limit: 1})
		return out, err
	}
	page, err := a.centre.Transcript(ctx, chat, p, *q)
	if err != nil {
		return nil, err
	}
	if page.Next > 0 || page.NextPast > 0 {
		out.NextToken = nextToken{back: q.Back, past: page.NextPast, seq: page.Next}.String()
	}
	out.Transcript = Items(&page)
	if in.SortOrder != "ASCENDING" {
		slices.Reverse(out.Transcript)
	}
	return out, nil
}

// query reads a request. It is nil where the start position is no id of an
// item, which finds nothing and is no error.
func query(in *participant.GetTranscriptRequest) (*centre.TranscriptQuery, error) {
	q := &centre.TranscriptQuery{Limit: defaultResults, Contact: contact.ID(in.ContactId)}
	if in.MaxResults != nil && *in.MaxResults > 0 {
		q.Limit = int(*in.MaxResults)
	}
	positioned := false
	if sp := in.StartPosition; sp != nil {
		switch {
		case sp.Id != "":
			id, ok := contact.ParseItemID(sp.Id)
			if !ok {
				return nil, nil
			}
			q.Item, positioned = id, true
		case sp.AbsoluteTime != "":
			at, err := time.Parse(time.RFC3339Nano, sp.AbsoluteTime)
			if err != nil {
				return nil, fault.Newf(fault.Invalid, "StartPosition.AbsoluteTime: must be a time such as 2006-01-02T15:04:05.000Z")
			}
			q.At, positioned = at, true
		case sp.MostRecent != nil && *sp.MostRecent > 0:
			q.MostRecent, positioned = int(*sp.MostRecent), true
		}
	}
	q.Back = in.ScanDirection == "BACKWARD" || in.ScanDirection == "" && !positioned
	if in.NextToken != "" {
		next, ok := parseNextToken(in.NextToken)
		if !ok {
			return nil, fault.Newf(fault.Invalid, "NextToken: is not one that was given out")
		}
		q.Seq, q.Back, q.Past = next.seq, next.back, next.past
	}
	return q, nil
}

// Items returns the items of a page as answers have them, oldest first.
func Items(page *centre.Page) []participant.Item {
	items := make([]participant.Item, len(page.Items))
	marks := marks{later: page.Receipts}
	for i := range slices.Backward(page.Items) {
		it := &page.Items[i]
		items[i] = transcriptItem(page.Chat, it)
		if page.Past > 0 {
			items[i].ContactId, items[i].RelatedContactId = "", string(it.Contact)
		}
		if it.Kind == contact.Message {
			items[i].MessageMetadata = marks.of(it)
		}
	}
	return items
}

func transcriptItem(chat *contact.Chat, it *contact.Item) participant.Item {
	out := participant.Item{
		AbsoluteTime: wire.FormatTime(it.At),
		ContactId:    string(it.Contact),
		Content:      it.Text,
		ContentType:  it.Type,
		Id:           it.ID.String(),
		Type:         it.Kind.String(),
	}
	if f, ok := chat.Shown(it); ok {
		out.Content = ""
		out.Attachments = []participant.AttachmentItem{{AttachmentId: string(f.ID), AttachmentName: f.Name, ContentType: f.Type, Status: f.State.Status()}}
	}
	if !it.Anonymous() {
		out.ParticipantId, out.DisplayName, out.ParticipantRole = string(it.By), it.Name, string(it.Role)
	}
	return out
}

// marks gathers what the receipts say about messages, which it is asked about
// from the last one on: for each sender and recipient the earliest marks of the
// messages from there on.
type marks struct {
	later  []contact.Receipt // not gathered yet, ascending
	merged []contact.Receipt // one for each sender and recipient
}

func (m *marks) of(it *contact.Item) *participant.MessageMetadata {
	for n := len(m.later); n > 0 && m.later[n-1].Seq >= it.Seq; n-- {
		m.add(m.later[n-1])
		m.later = m.later[:n-1]
	}
	out := &participant.MessageMetadata{MessageId: it.ID.String(), Receipts: []participant.Receipt{}}
	for _, r := range m.merged {
		if r.Of == it.By {
			out.Receipts = append(out.Receipts, participant.Receipt{
				DeliveredTimestamp:     wire.FormatTime(r.Delivered),
				ReadTimestamp:          wire.FormatTime(r.Read),
				RecipientParticipantId: string(r.By),
			})
		}
	}
	return out
}

func (m *marks) add(r contact.Receipt) {
	for i := range m.merged {
		if have := &m.merged[i]; have.Of == r.Of && have.By == r.By {
			*have = have.Merge(r)
			return
		}
	}
	m.merged = append(m.merged, r)
}

// nextToken says where a page goes on. It holds all that is needed, so that it
// stays good for as long as the transcript is there.
type nextToken struct {
	back bool
	past int // which past chat; 0: the chat's own items
	seq  int64
}

// The sizes of tokens: kind, number and checksum, and which past chat between
// the last two.
const (
	nextTokenSize = 1 + 8 + 4
	pastTokenSize = nextTokenSize + 2
)

// String returns the token's text form, which carries a checksum.
func (n nextToken) String() string {
	b := []byte{'f'}
	if n.back {
		b[0] = 'b'
	}
	b = binary.BigEndian.AppendUint64(b, uint64(n.seq))
	if n.past > 0 {
		b[0] = 'p'
		b = binary.BigEndian.AppendUint16(b, uint16(n.past))
	}
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseNextToken(s string) (n nextToken, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != nextTokenSize && len(b) != pastTokenSize {
		return n, false
	}
	end := len(b) - 4
	if binary.BigEndian.Uint32(b[end:]) != crc32.ChecksumIEEE(b[:end]) {
		return n, false
	}
	n = nextToken{back: b[0] != 'f', seq: int64(binary.BigEndian.Uint64(b[1:9]))}
	switch {
	case b[0] == 'p' && len(b) == pastTokenSize:
		n.past = int(binary.BigEndian.Uint16(b[9:]))
		return n, n.seq >= 0 && n.past > 0
	case b[0] == 'b' || b[0] == 'f':
		return n, len(b) == nextTokenSize && n.seq > 0
	}
	return n, false
}
