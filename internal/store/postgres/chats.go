package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/driver"
)

const (
	chatQuery = `SELECT c.number, c.version, c.doc, i.seq, i.body
	FROM contacts k JOIN chats c ON c.number = k.chat
	LEFT JOIN LATERAL (SELECT seq, body FROM items WHERE chat = c.number ORDER BY seq DESC LIMIT 1) i ON true
	WHERE k.id = $1`
	waitingQuery = `SELECT id, queue, since FROM chats
	WHERE instance = $1 AND since IS NOT NULL ORDER BY since, number`
	activeQuery = `SELECT count(*) FROM chats WHERE instance = $1 AND ended IS NULL`
)

const (
	insertChats = `INSERT INTO chats (number, id, instance, version, started, ended, queue, since, doc)
	SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::text[])`
	updateChats = `UPDATE chats c SET version = u.version, ended = u.ended, queue = u.queue, since = u.since, doc = u.doc
	FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::text[])
		AS u(number, was, version, ended, queue, since, doc)
	WHERE c.number = u.number AND c.version = u.was RETURNING c.number`
	insertContacts = `INSERT INTO contacts (id, chat) SELECT * FROM unnest($1::text[], $2::bigint[])
	ON CONFLICT (id) DO NOTHING RETURNING id`
	lastItemsQuery = `SELECT u.chat, i.seq, i.body FROM unnest($1::bigint[]) AS u(chat)
	CROSS JOIN LATERAL (SELECT seq, body FROM items WHERE chat = u.chat ORDER BY seq DESC LIMIT 1) i`
)

// chatRows are states of chats, column by column.
type chatRows struct {
	number, was, version, started []int64
	id, instance, doc             []string
	ended, waits                  []*int64
	queue                         []*string
}

func (r *chatRows) add(p *driver.Prepared) {
	next := p.Next
	var ended, since *int64
	var queue *string
	if next.Over() {
		ended = new(next.EndedAt.UnixMilli())
	}
	if next.Waiting() {
		s := next.Queueing()
		queue, since = new(string(s.Queue)), new(s.Enqueued.UnixMilli())
	}
	r.number, r.was, r.version = append(r.number, p.Number), append(r.was, p.Was.Version), append(r.version, p.Out.Chat.Version)
	r.id, r.instance, r.doc = append(r.id, string(next.ID)), append(r.instance, string(next.Instance)), append(r.doc, p.Doc)
	r.started = append(r.started, next.Started.UnixMilli())
	r.ended, r.queue, r.waits = append(r.ended, ended), append(r.queue, queue), append(r.waits, since)
}

// putChats stores the states that follow: of new chats, and of those that must
// be at the version that the change was decided on.
func (t *transaction) putChats() {
	var born, next chatRows
	var ids []string
	var chats, ending []int64
	for p := range t.changes() {
		if p.Next == nil {
			continue
		}
		if p.Was.Number == 0 {
			born.add(p)
		} else {
			next.add(p)
			if len(p.Items) == 0 { // else they say where the transcript ends
				ending = append(ending, p.Number)
			}
		}
		for _, id := range p.NewContacts() {
			ids, chats = append(ids, string(id)), append(chats, p.Number)
		}
	}
	if len(born.number) > 0 {
		t.exec(insertChats, born.number, born.id, born.instance, born.version, born.started, born.ended, born.queue, born.waits, born.doc)
	}
	if len(next.number) > 0 {
		t.queryEach(func(r pgx.Rows) error { return scanInto(r, t.done.chats) },
			updateChats, next.number, next.was, next.version, next.ended, next.queue, next.waits, next.doc)
	}
	if len(ids) > 0 {
		t.queryEach(func(r pgx.Rows) error { return scanInto(r, t.done.contacts) }, insertContacts, ids, chats)
	}
	t.putLegs()
	t.ending = ending
}

// readEnds reads where the transcripts of the chats end that got a state alone.
func (t *transaction) readEnds() {
	if len(t.ending) == 0 {
		return
	}
	t.queryEach(func(r pgx.Rows) error {
		var chat, seq int64
		var body pgtype.DriverBytes
		if err := r.Scan(&chat, &seq, &body); err != nil {
			return err
		}
		at, err := driver.ItemTime(body)
		t.done.ends[chat] = end{seq, at}
		return err
	}, lastItemsQuery, t.ending)
}

// end is where a transcript ends.
type end struct {
	seq int64
	at  time.Time
}

// Chat implements store.Store. State and last item are read by one statement,
// so that they are of one moment.
func (s *Store) Chat(ctx context.Context, id contact.ID) (*contact.Chat, error) {
	var c *contact.Chat
	var err error
	if isText(string(id)) {
		err = s.query(ctx, func(r pgx.Rows) (err error) {
			c, err = chatOf(r)
			return err
		}, chatQuery, string(id))
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read chat of contact %s: %w", id, err)
	case c == nil:
		return nil, fault.Newf(fault.NotFound, "no contact %s", id)
	}
	return c, nil
}

func chatOf(r pgx.Rows) (*contact.Chat, error) {
	c := new(contact.Chat)
	var number, version int64
	var doc, body pgtype.DriverBytes
	var seq *int64
	if err := r.Scan(&number, &version, &doc, &seq, &body); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(doc, c); err != nil {
		return nil, err
	}
	c.Number, c.Version, c.Seq, c.LastAt = number, version, 0, time.Time{}
	if seq == nil {
		return c, nil
	}
	var err error
	c.Seq = *seq
	c.LastAt, err = driver.ItemTime(body)
	return c, err
}

// Waiting implements store.Store.
func (s *Store) Waiting(ctx context.Context, instance contact.InstanceID) ([]store.Waiting, error) {
	var waiting []store.Waiting
	err := s.query(ctx, func(r pgx.Rows) error {
		var id, queue string
		var since int64
		err := r.Scan(&id, &queue, &since)
		waiting = append(waiting, store.Waiting{Chat: contact.ID(id), Queue: contact.QueueID(queue), Since: time.UnixMilli(since).UTC()})
		return err
	}, waitingQuery, string(instance))
	if err != nil {
		return nil, fmt.Errorf("read the waiting chats: %w", err)
	}
	return waiting, nil
}

// Active implements store.Store.
func (s *Store) Active(ctx context.Context, instance contact.InstanceID) (n int, err error) {
	err = s.query(ctx, func(r pgx.Rows) error { return r.Scan(&n) }, activeQuery, string(instance))
	if err != nil {
		return 0, fmt.Errorf("count the active chats: %w", err)
	}
	return n, nil
}
