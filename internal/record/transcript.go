package record

import (
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

type transcript struct {
	Version          string
	AWSAccountID     string `json:"AWSAccountId"`
	InstanceID       string `json:"InstanceId"`
	InitialContactID string `json:"InitialContactId"`
	ContactID        string `json:"ContactId"`
	Participants     []transcriptParticipant
	Transcript       []transcriptItem
}

type transcriptParticipant struct {
	ParticipantID string `json:"ParticipantId"`
}

type transcriptItem struct {
	AbsoluteTime    *string
	Content         string `json:",omitempty"`
	ContentType     string `json:",omitempty"`
	ID              string `json:"Id"`
	Type            string
	ParticipantID   string                 `json:"ParticipantId,omitempty"`
	DisplayName     string                 `json:",omitempty"`
	ParticipantRole string                 `json:",omitempty"`
	Attachments     []transcriptAttachment `json:",omitempty"`
}

type transcriptAttachment struct {
	AttachmentID   string `json:"AttachmentId"`
	AttachmentName string
	ContentType    string
	Status         string
}

// passing are the events that no file shows.
var passing = []string{
	contact.Typing, contact.MessageDelivered, contact.MessageRead, contact.MessageMetadata,
	contact.ConnectionAcknowledged, contact.ParticipantInvited,
	contact.ParticipantIdle, contact.ParticipantReturned, contact.AutoDisconnection,
}

// Transcript returns the transcript file of one contact, whose items are given
// in their order.
func Transcript(d *directory.Directory, chat *contact.Chat, s *contact.Segment, items []contact.Item) []byte {
	in := &d.Instance
	t := transcript{
		Version: "2019-08-26", AWSAccountID: in.AccountID, InstanceID: string(in.ID),
		InitialContactID: string(chat.ID), ContactID: string(s.ID),
		Participants: []transcriptParticipant{}, Transcript: []transcriptItem{},
	}
	for i := range items {
		it := &items[i]
		if it.Kind == contact.Event && slices.Contains(passing, it.Type) {
			continue
		}
		if p := (transcriptParticipant{string(it.By)}); it.By != "" && it.Role != contact.System && !slices.Contains(t.Participants, p) {
			t.Participants = append(t.Participants, p)
		}
		line := transcriptItem{AbsoluteTime: stamp(it.At), Content: it.Text, ContentType: it.Type, ID: it.ID.String(), Type: it.Kind.String()}
		if f, ok := chat.Shown(it); ok {
			line.Content, line.ContentType = "", f.Type
			line.Attachments = []transcriptAttachment{{string(f.ID), f.Name, f.Type, f.State.Status()}}
		}
		if !it.Anonymous() {
			line.ParticipantID, line.DisplayName, line.ParticipantRole = string(it.By), it.Name, string(it.Role)
		}
		t.Transcript = append(t.Transcript, line)
	}
	return encode(t)
}

// TranscriptKey returns where the transcript file of a contact that has ended
// is kept.
func TranscriptKey(in *directory.Instance, s *contact.Segment) string {
	alias := in.Alias
	if alias == "" {
		alias = string(in.ID)
	}
	alias = strings.Map(func(r rune) rune {
		if r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '-'
	}, alias)
	at := s.Disconnected.UTC()
	return "connect/" + alias + "/ChatTranscripts/" + at.Format("2006/01/02") + "/" + string(s.ID) + "_" + at.Format("20060102T15:04") + "_UTC.json"
}
