package terminal

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/bellpull/bellpull/chat"
)

// talk shows one chat on a console and sends what is typed into it.
type talk struct {
	console *Console
	session *chat.Session
	label   string // stands before every line
	self    string // our participant id; empty if unknown
	outbox  chan chat.Message
	sent    chan struct{} // closed when the outbox was and all is sent

	attentive func() bool // whether somebody is looking
	unread    string      // the newest message that nobody has looked at

	menu   menu              // what a number answers
	names  map[string]string // of participants, by id
	typed  map[string]int    // texts that the screen shows already
	mine   string            // our last message
	typing map[string]time.Time
	file   chat.Attachment // the last one that can be saved
}

// outboxSize bounds what is typed while the service is out of reach.
const outboxSize = 100

func newTalk(console *Console, s *chat.Session, label string) *talk {
	return &talk{
		console:   console,
		session:   s,
		label:     label,
		attentive: func() bool { return true },
		self:      s.Details().ParticipantID,
		outbox:    make(chan chat.Message, outboxSize),
		sent:      make(chan struct{}),
		names:     map[string]string{},
		typed:     map[string]int{},
		typing:    map[string]time.Time{},
	}
}

// send sends messages one after the other, until ctx ends or the outbox is
// closed.
func (t *talk) send(ctx context.Context) {
	defer close(t.sent)
	for {
		select {
		case m, ok := <-t.outbox:
			if !ok {
				return
			}
			_, err := t.session.SendMessage(ctx, m)
			if err != nil && ctx.Err() == nil && !errors.Is(err, chat.ErrClosed) {
				t.console.Printf("%snot sent: %v", t.label, err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// say puts a typed line in the outbox: a number answers the last menu.
func (t *talk) say(line string) {
	m := chat.Message{Content: line}
	if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(t.menu.choices) {
		m = t.menu.choices[n-1].reply
	}
	select {
	case t.outbox <- m:
		t.typed[m.Content]++
	default:
		t.console.Printf("%snot sent: too many messages are waiting for the connection", t.label)
	}
}

// show prints what an event says.
func (t *talk) show(ev chat.Event) {
	switch ev := ev.(type) {
	case chat.MessageEvent:
		t.message(ev.Item)
	case chat.AttachmentEvent:
		for _, a := range ev.Attachments {
			t.attachment(ev.Item, a)
		}
	case chat.JoinedEvent:
		t.line(ev.Item, t.who(ev.Item)+" joined")
	case chat.LeftEvent:
		t.line(ev.Item, t.who(ev.Item)+" left")
	case chat.InvitedEvent:
		t.line(ev.Item, "somebody was invited to join")
	case chat.IdleEvent:
		t.line(ev.Item, t.who(ev.Item)+" is idle")
	case chat.ReturnedEvent:
		t.line(ev.Item, t.who(ev.Item)+" is back")
	case chat.AutoDisconnectionEvent:
		t.line(ev.Item, t.who(ev.Item)+" was silent for too long and is disconnected")
	case chat.DisplayNameUpdatedEvent:
		t.line(ev.Item, t.names[ev.ParticipantID]+" is now called "+ev.DisplayName)
		t.who(ev.Item)
	case chat.RehydratedEvent:
		t.line(ev.Item, "an earlier chat is continued")
	case chat.TransferEvent:
		text := "the transfer failed"
		if ev.Succeeded {
			text = "the chat was transferred"
		}
		t.line(ev.Item, text)
	case chat.AuthenticationEvent:
		t.line(ev.Item, "sign-in: "+ev.State)
	case chat.TypingEvent:
		t.typingBy(ev.Item)
	case chat.ReadReceiptEvent:
		if ev.MessageID == t.mine {
			t.mine = ""
			name := t.names[ev.Receipt.RecipientParticipantID]
			if name == "" {
				name = "the other side"
			}
			t.console.Print(t.label + "         ✓ read by " + name)
		}
	case chat.EndedEvent:
		t.line(ev.Item, "the chat has ended")
	}
}

func (t *talk) message(it chat.Item) {
	name := t.who(it)
	delete(t.typing, it.ParticipantID)
	if t.own(it) {
		t.mine = it.ID
		if t.typed[it.Content] > 0 {
			t.typed[it.Content]--
			if t.console.Edited() {
				return
			}
		}
	} else if it.ParticipantRole != chat.RoleSystem { // no person waits for that
		if t.unread = it.ID; t.attentive() {
			t.attend()
		} else {
			t.session.Delivered(it.ID)
		}
	}
	text := it.Content
	if it.ContentType == chat.Interactive {
		if m, err := parseMenu(it.Content); err == nil {
			text = m.String()
			if !t.own(it) {
				t.menu = m
			}
		}
	}
	t.line(it, name+": "+text)
}

// attend says that the messages so far have been read.
func (t *talk) attend() {
	if t.unread != "" {
		t.session.Read(t.unread)
		t.unread = ""
	}
}

// own reports whether we wrote the item. Who joined by a token alone does not
// know its own id, and is the customer.
func (t *talk) own(it chat.Item) bool {
	if t.self == "" {
		return it.ParticipantRole == chat.RoleCustomer
	}
	return it.ParticipantID == t.self
}

// who names the author of an item, and remembers the name.
func (t *talk) who(it chat.Item) string {
	name := it.DisplayName
	switch {
	case t.own(it):
		return "You"
	case name == "SYSTEM_MESSAGE":
		return "*"
	case name == "":
		name = "Somebody"
	}
	t.names[it.ParticipantID] = name
	return name
}

func (t *talk) line(it chat.Item, text string) {
	at := "        "
	if !it.AbsoluteTime.IsZero() {
		at = it.AbsoluteTime.Local().Format(time.TimeOnly)
	}
	t.console.Print(t.label + at + " " + text)
}

// typingBy says that somebody is typing, once in a while.
func (t *talk) typingBy(it chat.Item) {
	const often = 30 * time.Second
	if it.AbsoluteTime.Sub(t.typing[it.ParticipantID]) > often {
		t.typing[it.ParticipantID] = it.AbsoluteTime
		t.console.Print(t.label + "         … " + t.who(it) + " is typing")
	}
}
