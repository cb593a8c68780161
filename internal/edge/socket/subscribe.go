package socket

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire"
)

// The topics that a socket can subscribe to. Only agents' have snapshots.
const (
	topicChat     = "aws/chat"
	topicSnapshot = "agent/snapshot"
	topicConfig   = "agent/configuration"
)

// subscribe answers a subscription and begins what it asks for.
func (s *session) subscribe(topics []string) {
	known := []string{topicChat}
	if !participant(s) {
		known = append(known, topicSnapshot, topicConfig)
	}
	topics = slices.DeleteFunc(slices.Clone(topics), func(t string) bool { return !slices.Contains(known, t) })
	if len(topics) == 0 {
		s.send(text(wire.AppendSubscribed(room10(), false, topicChat)))
		return
	}
	yes := text(wire.AppendSubscribed(room10(), true, topics...))
	if !participant(s) {
		s.send(yes)
		s.openDesk(topics)
		return
	}
	if err := s.join(yes); err != nil {
		if fault.KindOf(err) == fault.Internal && s.hub.ctx.Err() == nil {
			s.hub.Log.Error("subscription failed", "contact", s.claims.Realm, "error", err)
		}
		s.send(text(wire.AppendSubscribed(room10(), false, topicChat)))
	}
}

// join lets a participant listen to their chat, and counts as connecting. A
// client that comes when the chat has just ended is told so, since nothing else
// will tell it.
func (s *session) join(yes []byte) error {
	id, p := contact.ID(s.claims.Realm), contact.ParticipantID(s.claims.Holder)
	chat, err := s.hub.Centre.Chat(s.hub.ctx, id)
	if err != nil {
		return err
	}
	who := chat.Participant(p)
	if who == nil {
		return fault.Newf(fault.Denied, "no such participant")
	}
	if err := chat.MayConnect(p); err != nil && !chat.Over() {
		return err
	}
	s.attach(chat, who.Role, p, -1, yes)
	if err := s.hub.Centre.Connect(s.hub.ctx, id, p); fault.KindOf(err) != fault.Denied {
		return err
	}
	return nil // it has ended, which is what the client hears
}

// detachAll ends all listening of a session.
func (s *session) detachAll() {
	s.mu.Lock()
	d := s.desk
	s.desk = nil
	ids := make([]contact.ID, 0, len(s.at))
	for _, rd := range s.at {
		ids = append(ids, rd.room.id)
	}
	s.mu.Unlock()
	if d != nil {
		d.close()
	}
	for _, id := range ids {
		s.detach(id)
	}
}

// gather is how long changes of an agent's desk are gathered before a snapshot
// is sent.
const gather = 10 * time.Millisecond

// desk follows what is on an agent's desk: which chats the socket listens to,
// and the snapshot.
type desk struct {
	session  *session
	chats    bool   // wants aws/chat
	snapshot bool   // wants agent/snapshot
	config   bool   // wants agent/configuration
	told     []byte // the configuration that was sent last
	changed  chan struct{}
	cancel   context.CancelFunc
	done     chan struct{}
}

// openDesk begins to follow the agent's desk, anew where it was followed for
// other topics.
func (s *session) openDesk(topics []string) {
	s.mu.Lock()
	old := s.desk
	s.mu.Unlock()
	d := &desk{
		session:  s,
		chats:    slices.Contains(topics, topicChat),
		snapshot: slices.Contains(topics, topicSnapshot),
		config:   slices.Contains(topics, topicConfig),
		changed:  make(chan struct{}, 1),
		done:     make(chan struct{}),
	}
	if old != nil {
		old.close()
		d.chats = d.chats || old.chats
		d.snapshot = d.snapshot || old.snapshot
		d.config = d.config || old.config
	}
	ctx, cancel := context.WithCancel(s.hub.ctx)
	d.cancel = cancel
	s.mu.Lock()
	if s.dead {
		s.mu.Unlock()
		cancel()
		return
	}
	s.desk = d
	s.mu.Unlock()
	s.hub.running.Add(1)
	go d.run(ctx)
}

// close ends the following and waits for that.
func (d *desk) close() {
	d.cancel()
	<-d.done
}

func (d *desk) run(ctx context.Context) {
	defer d.session.hub.running.Done()
	defer close(d.done)
	defer d.session.survive("desk")
	user := contact.UserID(d.session.claims.Holder)
	stop := d.session.hub.Centre.WatchAgent(user, func() {
		select {
		case d.changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	defer d.session.hub.Centre.Here(user)()
	soon := time.NewTimer(0) // when the snapshot is due
	defer soon.Stop()
	for {
		err := d.listen(ctx)
		for due := false; err == nil && !due; {
			select {
			case <-ctx.Done():
				return
			case <-soon.C:
				err = d.show(ctx)
			case <-d.changed:
				due = true
			}
		}
		if err != nil {
			if ctx.Err() == nil {
				d.session.hub.Log.ErrorContext(ctx, "agent socket closed: the desk cannot be read", "agent", user, "error", err)
			}
			d.session.kill()
			return
		}
		soon.Reset(gather)
	}
}

// listen listens to the chats on the desk, at once: typing and receipts are not
// told twice. A chat that was offered while this socket was open is heard from
// the offer on, one that was there before from now on.
func (d *desk) listen(ctx context.Context) error {
	if !d.chats {
		return nil
	}
	s := d.session
	agent, chats, err := s.hub.Centre.Desk(ctx, contact.InstanceID(s.claims.Realm), contact.UserID(s.claims.Holder))
	if err != nil {
		return err
	}
	wanted := map[contact.ID]bool{}
	for i, w := range agent.Work {
		if !w.Live() && w.State != contact.AfterWork {
			continue
		}
		wanted[w.Chat] = true
		from := int64(-1)
		if !w.Offered.Before(s.opened.Truncate(time.Millisecond)) { // as precise as what is stored
			from = w.FromSeq
		}
		as := w.Participant
		if w.State == contact.AfterWork {
			if s.listens(w.Chat) {
				continue
			}
			if from < 0 {
				as = ""
			}
		}
		s.attach(chats[i], contact.AgentRole, as, from, nil)
	}
	for _, id := range s.listening() {
		if !wanted[id] {
			s.detach(id)
		}
	}
	return nil
}

// show sends the snapshot, and before it the configuration where that has
// changed.
func (d *desk) show(ctx context.Context) error {
	s := d.session
	if d.config && s.hub.Configuration != nil {
		content, err := s.hub.Configuration(contact.InstanceID(s.claims.Realm), contact.UserID(s.claims.Holder))
		if err != nil {
			return err
		}
		if !bytes.Equal(content, d.told) {
			d.told = content
			d.push(topicConfig, content)
		}
	}
	if !d.snapshot || s.hub.Snapshot == nil {
		return nil
	}
	content, err := s.hub.Snapshot(ctx, contact.InstanceID(s.claims.Realm), contact.UserID(s.claims.Holder))
	if err != nil {
		return err
	}
	d.push(topicSnapshot, content)
	return nil
}

func (d *desk) push(topic string, content []byte) {
	d.session.send(text(wire.AppendTopic(make([]byte, headerRoom, headerRoom+len(content)*5/4), topic, content)))
}

// listens reports whether the session listens to a chat.
func (s *session) listens(id contact.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reader(id) != nil
}

// listening returns the chats that the session listens to.
func (s *session) listening() []contact.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]contact.ID, 0, len(s.at))
	for _, rd := range s.at {
		ids = append(ids, rd.room.id)
	}
	return ids
}
