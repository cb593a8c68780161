package record

import (
	"time"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/contact"
)

type chatMetrics struct {
	ChatContactMetrics chatContactMetrics
	AgentMetrics       *participantMetrics
	CustomerMetrics    *participantMetrics
}

type chatContactMetrics struct {
	MultiParty                     bool
	TotalMessages                  int
	TotalBotMessages               int
	TotalBotMessageLengthInChars   int
	ConversationCloseTimeInMillis  *int64
	ConversationTurnCount          int
	AgentFirstResponseTimestamp    *string
	AgentFirstResponseTimeInMillis *int64
}

type participantMetrics struct {
	ParticipantID             string `json:"ParticipantId"`
	ParticipantType           string
	ConversationAbandon       bool
	MessagesSent              int
	NumResponses              int
	MessageLengthInChars      int
	TotalResponseTimeInMillis int64
	MaxResponseTimeInMillis   int64
	LastMessageTimestamp      *string
}

// Counts reports whether the record of a contact counts an item. Where several
// agents take part, what one of them says may belong to another one's contact.
func Counts(chat *contact.Chat, s *contact.Segment, it *contact.Item) bool {
	return it.Contact == s.ID || it.By != "" && it.By == agentOf(chat, s)
}

// agentOf returns as whom the agent of a contact took part, or "".
func agentOf(chat *contact.Chat, s *contact.Segment) contact.ParticipantID {
	for i := range chat.Participants {
		if p := &chat.Participants[i]; s.Agent != "" && p.User == s.Agent && p.Contact == s.ID {
			return p.ID
		}
	}
	return ""
}

// metrics counts what was said in one contact. How the service counts is not
// documented beyond the names; see docs/fidelity.md#records-and-events.
func metrics(chat *contact.Chat, s *contact.Segment, items []contact.Item) *chatMetrics {
	t := tally{
		chat: chat, segment: s,
		customer: &participantMetrics{ParticipantType: "CUSTOMER"},
		agent:    &participantMetrics{ParticipantType: "AGENT", ParticipantID: string(agentOf(chat, s))},
	}
	if c := chat.Customer(); c != nil {
		t.customer.ParticipantID = string(c.ID)
	}
	for i := range items {
		if items[i].Kind == contact.Message {
			t.message(&items[i])
		}
	}
	return t.done()
}

// tally counts messages in their order.
type tally struct {
	chat            *contact.Chat
	segment         *contact.Segment
	all             chatContactMetrics
	customer, agent *participantMetrics

	last         *contact.Item // the message before, bots' not counted
	lastCustomer time.Time
	asked        bool // the customer has said something that nobody has answered
}

func (t *tally) message(it *contact.Item) {
	length := utf8.RuneCountInString(it.Text)
	t.all.TotalMessages++
	switch it.Role {
	case contact.Customer:
		t.said(t.customer, it, length)
		t.lastCustomer, t.asked = it.At, true
		return
	case contact.AgentRole, contact.Supervisor:
		if string(it.By) != t.agent.ParticipantID {
			break // of another agent, who has a record too
		}
		if t.all.AgentFirstResponseTimestamp == nil {
			t.all.AgentFirstResponseTimestamp = second(it.At)
			if from := t.segment.AgentConnected; !from.IsZero() {
				t.all.AgentFirstResponseTimeInMillis = new(max(0, it.At.Sub(from).Milliseconds()))
			}
		}
		t.said(t.agent, it, length)
	default:
		t.all.TotalBotMessages++
		t.all.TotalBotMessageLengthInChars += length
	}
	if t.asked {
		t.all.ConversationTurnCount++
		t.asked = false
	}
}

// said counts a message of the customer or an agent. It is a response when the
// other one spoke before.
func (t *tally) said(by *participantMetrics, it *contact.Item, length int) {
	by.MessagesSent++
	by.MessageLengthInChars += length
	by.LastMessageTimestamp = second(it.At)
	if t.last != nil && t.last.Role != it.Role {
		took := it.At.Sub(t.last.At).Milliseconds()
		by.NumResponses++
		by.TotalResponseTimeInMillis += took
		by.MaxResponseTimeInMillis = max(by.MaxResponseTimeInMillis, took)
	}
	t.last = it
}

func (t *tally) done() *chatMetrics {
	s := t.segment
	t.all.MultiParty = agents(t.chat, s) > 1
	if !t.lastCustomer.IsZero() && !s.Disconnected.IsZero() {
		t.all.ConversationCloseTimeInMillis = new(max(0, s.Disconnected.Sub(t.lastCustomer).Milliseconds()))
	}
	m := &chatMetrics{ChatContactMetrics: t.all, CustomerMetrics: t.customer}
	if s.Agent == "" {
		return m
	}
	m.AgentMetrics = t.agent
	// Who was to speak next when it ended left the other one without an answer.
	if t.last != nil {
		t.agent.ConversationAbandon = t.last.Role == contact.Customer && s.Reason == contact.ByCustomer
		t.customer.ConversationAbandon = t.last.Role == contact.AgentRole && s.Reason != contact.ByCustomer
	}
	return m
}

// agents counts the agents who took part while a segment went on.
func agents(chat *contact.Chat, s *contact.Segment) (n int) {
	for _, p := range chat.Participants {
		over := !s.Disconnected.IsZero() && !p.Joined.Before(s.Disconnected)
		left := !p.Left.IsZero() && !p.Left.After(s.Initiated)
		listens := p.Monitor == contact.Listening
		if (p.Role == contact.AgentRole || p.Role == contact.Supervisor) && !listens && !p.Joined.IsZero() && !over && !left {
			n++
		}
	}
	return n
}
