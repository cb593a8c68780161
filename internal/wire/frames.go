package wire

import "strconv"

// FrameKind is what a client wants with a frame.
type FrameKind uint8

// The kinds of frames of a client. What is none of the others is ignored and
// never a reason to close. See docs/fidelity.md#frames.
const (
	FrameIgnored FrameKind = iota
	FrameSubscribe
	FrameHeartbeat
	FramePing
)

// The topics that frames have.
const (
	topicSubscribe = "aws/subscribe"
	topicHeartbeat = "aws/heartbeat"
	topicPing      = "aws/ping"
	topicChat      = "aws/chat"
)

// Frame is a message of a client.
type Frame struct {
	Kind   FrameKind
	Topics []string // of FrameSubscribe
}

// maxTopics is how many topics of a subscription are read.
const maxTopics = 32

// ParseFrame reads a client's frame. Only the first JSON value counts: some
// clients leave a stray character behind it.
func ParseFrame(data []byte) Frame {
	var s Scanner
	s.Reset(data)
	var f Frame
	var topics []string
	for ok := s.Object(); ok && s.NextKey(); {
		switch string(s.Key()) {
		case "topic":
			f.Kind = FrameIgnored
			if s.peek() == '"' {
				f.Kind = frameKind(s.text())
			} else {
				s.Skip()
			}
		case "content":
			topics = subscribedTopics(&s)
		default:
			s.Skip()
		}
	}
	if s.err != nil {
		return Frame{}
	}
	if f.Kind == FrameSubscribe {
		f.Topics = topics
	}
	return f
}

func frameKind(topic []byte) FrameKind {
	switch string(topic) {
	case topicSubscribe:
		return FrameSubscribe
	case topicHeartbeat:
		return FrameHeartbeat
	case topicPing:
		return FramePing
	}
	return FrameIgnored
}

func subscribedTopics(s *Scanner) []string {
	if s.peek() != '{' {
		s.Skip()
		return nil
	}
	var topics []string
	for ok := s.Object(); ok && s.NextKey(); {
		if string(s.Key()) != "topics" || s.peek() != '[' {
			s.Skip()
			continue
		}
		topics = nil
		for ok := s.Array(); ok && s.NextElement(); {
			if s.peek() != '"' || len(topics) == maxTopics {
				s.Skip()
				continue
			}
			switch t := s.text(); string(t) {
			case topicChat:
				topics = append(topics, topicChat)
			default:
				topics = append(topics, string(t))
			}
		}
	}
	return topics
}

// AppendSubscribed appends the answer to a subscription.
func AppendSubscribed(dst []byte, success bool, topics ...string) []byte {
	dst = append(dst, `{"topic":"aws/subscribe","content":{"status":"`...)
	if success {
		dst = append(dst, "success"...)
	} else {
		dst = append(dst, "failure"...)
	}
	dst = append(dst, `","topics":[`...)
	for i, t := range topics {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, t)
	}
	return append(dst, `]}}`...)
}

// AppendHeartbeat appends the echo of a heartbeat.
func AppendHeartbeat(dst []byte) []byte {
	return append(dst, `{"topic":"aws/heartbeat"}`...)
}

// AppendPong appends the answer to a ping. Clients compare statusCode as a
// number and statusContent as text.
func AppendPong(dst []byte) []byte {
	return append(dst, `{"topic":"aws/ping","statusCode":200,"statusContent":"OK"}`...)
}

// AppendChat appends the frame of one item, whose JSON stands in it as a
// string.
func AppendChat(dst, item []byte) []byte {
	return AppendTopic(dst, topicChat, item)
}

// AppendTopic appends a frame of any topic like that of a chat.
func AppendTopic(dst []byte, topic string, content []byte) []byte {
	dst = append(dst, `{"topic":`...)
	dst = AppendString(dst, topic)
	dst = append(dst, `,"contentType":"application/json","content":`...)
	dst = AppendString(dst, content)
	return append(dst, '}')
}

// The types of socket items.
const (
	ItemMessage    = "MESSAGE"
	ItemEvent      = "EVENT"
	ItemAttachment = "ATTACHMENT"
	ItemMetadata   = "MESSAGEMETADATA"
)

// SocketItem is an item as it is pushed to sockets. It differs from the
// transcript's participant.Item: it has the InitialContactId, and metadata only
// where clients expect it. See docs/fidelity.md#items.
type SocketItem struct {
	AbsoluteTime     string // as FormatTime writes it
	Content          string
	ContentType      string
	ID               string
	Type             string // ItemMessage, …
	ParticipantID    string
	DisplayName      string
	ParticipantRole  string
	InitialContactID string
	ContactID        string // "" on events that belong to no single contact
	Attachments      []SocketAttachment

	// Metadata is for receipts and for parts of streamed answers. Other
	// messages must not have it: some clients take it for a receipt.
	Metadata *SocketMetadata
}

// SocketAttachment is a file of an item of type ItemAttachment.
type SocketAttachment struct {
	ContentType, AttachmentID, AttachmentName, Status string
}

// SocketMetadata is about a message.
type SocketMetadata struct {
	MessageID string
	Receipts  []SocketReceipt // of ItemMetadata: exactly one, clients read no more

	// Of a streamed answer. Parts count from 1; 0 is no part.
	ChunkNumber int
	Completed   bool
}

// SocketReceipt says when a participant got and read a message.
type SocketReceipt struct {
	DeliveredTimestamp, ReadTimestamp string // "" is absent
	RecipientParticipantID            string
}

// AppendSocketItem appends it as JSON. Its members stand in the order in which
// the service writes them. Which are there depends on the type:
//
//   - Content is absent when empty, except on messages.
//   - ContentType is absent on attachments.
//   - The author is on messages and attachments always, since clients fail
//     without the keys, on events when there is an author, on metadata never.
func AppendSocketItem(dst []byte, it *SocketItem) []byte {
	message, attachment := it.Type == ItemMessage, it.Type == ItemAttachment
	dst = append(dst, `{"AbsoluteTime":`...)
	dst = AppendString(dst, it.AbsoluteTime)
	if attachment || len(it.Attachments) > 0 {
		dst = appendAttachments(dst, it.Attachments)
	}
	if message || it.Content != "" && it.Type != ItemMetadata {
		dst = append(dst, `,"Content":`...)
		dst = AppendString(dst, it.Content)
	}
	if !attachment {
		dst = append(dst, `,"ContentType":`...)
		dst = AppendString(dst, it.ContentType)
	}
	dst = append(dst, `,"Id":`...)
	dst = AppendString(dst, it.ID)
	dst = append(dst, `,"Type":`...)
	dst = AppendString(dst, it.Type)
	hasAuthor := it.ParticipantID != "" || it.ParticipantRole != ""
	if message || attachment || hasAuthor && it.Type != ItemMetadata {
		dst = append(dst, `,"ParticipantId":`...)
		dst = AppendString(dst, it.ParticipantID)
		dst = append(dst, `,"DisplayName":`...)
		dst = AppendString(dst, it.DisplayName)
		dst = append(dst, `,"ParticipantRole":`...)
		dst = AppendString(dst, it.ParticipantRole)
	}
	if m := it.Metadata; m != nil {
		dst = appendMetadata(dst, it.Type, m)
	}
	dst = append(dst, `,"InitialContactId":`...)
	dst = AppendString(dst, it.InitialContactID)
	if it.ContactID != "" {
		dst = append(dst, `,"ContactId":`...)
		dst = AppendString(dst, it.ContactID)
	}
	return append(dst, '}')
}

func appendAttachments(dst []byte, list []SocketAttachment) []byte {
	dst = append(dst, `,"Attachments":[`...)
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"ContentType":`...)
		dst = AppendString(dst, list[i].ContentType)
		dst = append(dst, `,"AttachmentId":`...)
		dst = AppendString(dst, list[i].AttachmentID)
		dst = append(dst, `,"AttachmentName":`...)
		dst = AppendString(dst, list[i].AttachmentName)
		dst = append(dst, `,"Status":`...)
		dst = AppendString(dst, list[i].Status)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendMetadata(dst []byte, itemType string, m *SocketMetadata) []byte {
	dst = append(dst, `,"MessageMetadata":{"MessageId":`...)
	dst = AppendString(dst, m.MessageID)
	if itemType == ItemMetadata {
		dst = append(dst, `,"Receipts":[`...)
		for i := range m.Receipts {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, '{')
			if t := m.Receipts[i].DeliveredTimestamp; t != "" {
				dst = append(dst, `"DeliveredTimestamp":`...)
				dst = append(AppendString(dst, t), ',')
			}
			if t := m.Receipts[i].ReadTimestamp; t != "" {
				dst = append(dst, `"ReadTimestamp":`...)
				dst = append(AppendString(dst, t), ',')
			}
			dst = append(dst, `"RecipientParticipantId":`...)
			dst = append(AppendString(dst, m.Receipts[i].RecipientParticipantID), '}')
		}
		dst = append(dst, ']')
	} else {
		if m.ChunkNumber > 0 {
			dst = append(dst, `,"ChunkNumber":`...)
			dst = strconv.AppendInt(dst, int64(m.ChunkNumber), 10)
		}
		dst = append(dst, `,"MessageCompleted":`...)
		dst = strconv.AppendBool(dst, m.Completed)
	}
	return append(dst, '}')
}
