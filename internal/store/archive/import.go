package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
)

// How much is committed at a time.
const (
	batchChanges = 200
	batchRows    = 2000
)

// Import stores what a text of Write holds and returns the number of its rows.
// The store must be empty (a fault of kind Conflict); after an error it is of no
// use. What a store numbers by itself is numbered anew: chats, their versions
// and those of agents, and the outbox with its receivers' positions.
func Import(ctx context.Context, st store.Store, r io.Reader) (rows int64, err error) {
	if err := empty(ctx, st); err != nil {
		return 0, err
	}
	i := importer{ctx: ctx, st: st}
	if rows, err = Read(ctx, r, i.row); err != nil {
		return rows, err
	}
	return rows, i.finish()
}

func empty(ctx context.Context, st store.Store) error {
	full := errors.New("it is not empty")
	err := st.Export(ctx, func(*store.Row) error { return full })
	if errors.Is(err, full) {
		return fault.Newf(fault.Conflict, "the store holds something already: import into an empty one")
	}
	return err
}

// importer turns rows back into changes. Its order is that of the rows, but that
// directories are stored last: a store without them is of no use, so that nobody
// takes half of an import for the whole.
type importer struct {
	ctx context.Context
	st  store.Store

	directories []*directory.Directory
	outbox      []int64 // the numbers that the rows of the outbox had

	batch  []*contact.Change
	size   int             // rows in batch
	chat   *contact.Change // the chat that rows belong to; the last of batch
	loose  *contact.Change // what belongs to no chat; the last of batch
	stored *contact.Chat   // one that is stored
}

func (i *importer) row(r *store.Row) error {
	i.size++
	switch {
	case r.Directory != nil:
		i.directories = append(i.directories, r.Directory)
	case r.Key != nil:
		return i.st.AddSigningKey(i.ctx, *r.Key)
	case r.Chat != nil:
		return i.begin(&contact.Change{Was: &contact.Chat{ID: r.Chat.ID, Instance: r.Chat.Instance}, Next: r.Chat}, true)
	case r.Item != nil, r.Receipt != nil, r.Timer != nil:
		return i.ofChat(r)
	case r.Position != nil:
		return i.position(r.Position)
	default:
		return i.ofNone(r)
	}
	return nil
}

// begin adds a change to the batch. A batch that is full is committed first.
func (i *importer) begin(ch *contact.Change, chat bool) error {
	if len(i.batch) >= batchChanges || i.size >= batchRows {
		if err := i.commit(); err != nil {
			return err
		}
	}
	i.batch = append(i.batch, ch)
	i.chat, i.loose = nil, nil
	if chat {
		i.chat = ch
	} else {
		i.loose = ch
	}
	return nil
}

func (i *importer) commit() error {
	if len(i.batch) == 0 {
		return nil
	}
	done, err := i.st.Commit(i.ctx, i.batch...)
	if errors.Is(err, store.ErrStale) {
		return fault.Newf(fault.Invalid, "the export contradicts itself: something is there twice")
	}
	if err != nil {
		return err
	}
	if last := done[len(done)-1].Chat; last != nil {
		i.stored = last
	}
	i.batch, i.size, i.loose = i.batch[:0], 0, nil
	return nil
}

// ofChat adds a row to the last chat. A long one is committed in parts.
func (i *importer) ofChat(r *store.Row) error {
	if i.chat == nil {
		return fault.Newf(fault.Invalid, "it belongs to no chat")
	}
	if i.size >= batchRows {
		if err := i.commit(); err != nil {
			return err
		}
		i.chat = &contact.Change{Was: i.stored}
		i.batch = append(i.batch, i.chat)
	}
	ch := i.chat
	switch {
	case r.Item != nil:
		if want := ch.Was.Seq + int64(len(ch.Items)) + 1; r.Item.Seq != want {
			return fault.Newf(fault.Invalid, "the item is numbered %d where %d is due", r.Item.Seq, want)
		}
		ch.Items = append(ch.Items, *r.Item)
	case r.Receipt != nil:
		ch.Receipts = append(ch.Receipts, *r.Receipt)
	case r.Timer != nil:
		t := *r.Timer
		t.Chat = ch.Was.ID
		ch.Set = append(ch.Set, t)
	}
	return nil
}

// ofNone adds a row that belongs to no chat.
func (i *importer) ofNone(r *store.Row) error {
	if i.loose == nil || i.size >= batchRows {
		if err := i.commit(); err != nil {
			return err
		}
		// An idempotency key is committed with a chat, whichever it is.
		if err := i.begin(&contact.Change{Was: i.stored}, false); err != nil {
			return err
		}
	}
	ch := i.loose
	switch {
	case r.Agent != nil:
		a := *r.Agent
		a.Version = 0
		ch.Agents = append(ch.Agents, &a)
	case r.Mark != nil:
		ch.Marks = append(ch.Marks, *r.Mark)
	case r.OfferEnd != nil:
		ch.OfferEnds = append(ch.OfferEnds, *r.OfferEnd)
	case r.FlowMark != nil:
		ch.FlowMarks = append(ch.FlowMarks, *r.FlowMark)
	case r.Token != nil:
		if i.stored == nil {
			return fault.Newf(fault.Invalid, "there is an idempotency key and no chat")
		}
		ch.Tokens = append(ch.Tokens, *r.Token)
	case r.Outgoing != nil:
		o := *r.Outgoing
		i.outbox = append(i.outbox, o.Number)
		o.Number = 0
		ch.Outbox = append(ch.Outbox, o)
	}
	return nil
}

// position stores how far a receiver has come, among the rows as they are
// numbered here.
func (i *importer) position(p *store.OutboxPosition) error {
	if err := i.commit(); err != nil {
		return err
	}
	passed := sort.Search(len(i.outbox), func(n int) bool { return i.outbox[n] > p.Position })
	if passed == 0 {
		return nil // as one that is new
	}
	const page = 1000
	var number int64
	for passed > 0 {
		rows, err := i.st.Outbox(i.ctx, number, min(passed, page))
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return errors.New("the outbox lacks rows that were stored")
		}
		passed -= len(rows)
		number = rows[len(rows)-1].Number
	}
	return i.st.PassOutbox(i.ctx, p.Receiver, number)
}

func (i *importer) finish() error {
	if err := i.commit(); err != nil {
		return err
	}
	for _, d := range i.directories {
		if err := i.st.PutDirectory(i.ctx, d); err != nil {
			return fmt.Errorf("directory of instance %s: %w", d.Instance.ID, err)
		}
	}
	return nil
}
