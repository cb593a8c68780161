package postgres

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/driver"
)

// transaction is a transaction in the making: a statement for each kind of row,
// whichever job they are of, all sent at once. Nothing that a job may lose is an
// error: each statement returns what it did, and the losers are told from that
// (judge).
type transaction struct {
	jobs   []*job
	batch  pgx.Batch
	ending []int64 // chats of which it must be read where their transcripts end
	done   done
}

// done is what the statements did.
type done struct {
	chats    map[int64]bool
	contacts map[string]bool
	agents   map[string]bool
	tokens   map[string]bool
	ends     map[int64]end
	news     map[mark]contact.Receipt
	items    int64 // that were inserted
}

func newTransaction(jobs []*job) *transaction {
	return &transaction{jobs: jobs, done: done{
		chats: map[int64]bool{}, contacts: map[string]bool{}, agents: map[string]bool{}, tokens: map[string]bool{},
		ends: map[int64]end{}, news: map[mark]contact.Receipt{},
	}}
}

// changes hands over the changes of all jobs that are more than an item.
func (t *transaction) changes() iter.Seq[*driver.Prepared] {
	return func(yield func(*driver.Prepared) bool) {
		for _, j := range t.jobs {
			if j.Work == nil {
				continue
			}
			for i := range j.Work.changes {
				if !yield(&j.Work.changes[i]) {
					return
				}
			}
		}
	}
}

// exec adds a statement that returns nothing.
func (t *transaction) exec(sql string, args ...any) { t.batch.Queue(sql, args...) }

// queryEach adds a statement whose rows each is called with.
func (t *transaction) queryEach(each func(pgx.Rows) error, sql string, args ...any) {
	t.batch.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// scanInto adds the one column of a row to a set.
func scanInto[K comparable](r pgx.Rows, set map[K]bool) error {
	var k K
	err := r.Scan(&k)
	set[k] = true
	return err
}

// transact commits jobs in one transaction: everything is sent at once, and the
// commit when all have turned out to be possible. Where not, nothing is stored
// and the losers are marked stale. If the last attempt was cut off after it had
// been told to commit, it looks first what came of it.
func (w *committer) transact(ctx context.Context, jobs []*job, doubtful bool) (committed, ended bool, err error) {
	if doubtful {
		if committed, err = w.came(ctx); committed || err != nil {
			return committed, false, err
		}
	}
	t := newTransaction(jobs)
	if err := w.giveNumbers(ctx, t); err != nil {
		return false, false, err
	}
	w.number++
	t.write(w)
	if err := w.conn.SendBatch(ctx, &t.batch).Close(); err != nil {
		return false, false, w.rollBack(ctx, err)
	}
	lost, err := w.judge(ctx, t)
	if err != nil || lost {
		return false, false, w.rollBack(ctx, err)
	}
	t.batch = pgx.Batch{}
	t.putOutbox()
	t.exec(`COMMIT`)
	if err := w.conn.SendBatch(ctx, &t.batch).Close(); err != nil {
		return false, true, w.rollBack(ctx, err)
	}
	return true, true, nil
}

// rollBack ends a transaction that is not to be. It returns why.
func (w *committer) rollBack(ctx context.Context, why error) error {
	if w.conn.IsClosed() {
		return why
	}
	if _, err := w.conn.Exec(ctx, `ROLLBACK`); err != nil {
		// Whatever it was, this connection has nothing to say any more, and the
		// transaction ends with it.
		w.hangUp()
		return errors.Join(why, err)
	}
	return why
}

// came says whether the last transaction was committed. It waits for one that is
// still under way: that holds the row.
func (w *committer) came(ctx context.Context) (bool, error) {
	var number int64
	err := w.conn.QueryRow(ctx, `SELECT number FROM committers WHERE id = $1 FOR UPDATE`, w.id).Scan(&number)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil // it was the first one
	}
	return number == w.number, err
}

// numbersAtOnce is how many numbers of chats are taken in advance.
const numbersAtOnce = 32

// giveNumbers gives new chats their numbers.
func (w *committer) giveNumbers(ctx context.Context, t *transaction) error {
	need := 0
	for p := range t.changes() {
		if p.Next != nil && p.Number == 0 {
			need++
		}
	}
	if need > len(w.numbers) {
		rows, err := w.conn.Query(ctx, `SELECT nextval('chat_numbers') FROM generate_series(1, $1)`, need-len(w.numbers)+numbersAtOnce)
		if err != nil {
			return err
		}
		more, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		slices.Sort(more)
		w.numbers = append(w.numbers, more...)
	}
	for p := range t.changes() {
		if p.Next != nil && p.Number == 0 {
			p.Number, w.numbers = w.numbers[0], w.numbers[1:]
		}
	}
	return nil
}

// write adds everything but the outbox and the commit.
func (t *transaction) write(w *committer) {
	t.exec(`BEGIN`)
	t.exec(`INSERT INTO committers (id, number, at) VALUES ($1, $2, now())
		ON CONFLICT (id) DO UPDATE SET number = excluded.number, at = excluded.at`, w.id, w.number)
	w.items.reset()
	for _, j := range t.jobs {
		j.Err = nil
		if j.Work == nil {
			w.items.add(j.Chat, j.Seq, j.Body)
			continue
		}
		for i := range j.Work.changes {
			p := &j.Work.changes[i]
			p.Begin()
			for k, body := range p.Bodies {
				w.items.add(p.Number, p.Items[k].Seq, body)
			}
		}
	}
	t.putChats()
	t.done.items = 0
	if len(w.items.chat) > 0 {
		t.batch.Queue(insertItems, w.items.chat, w.items.seq, w.items.body).Exec(t.countItems)
	}
	t.putReceipts()
	t.putAgents()
	t.putAgentLog()
	t.putFlowMarks()
	t.putTimers()
	t.putTokens()
	t.readEnds()
}

func (t *transaction) countItems(tag pgconn.CommandTag) error {
	t.done.items = tag.RowsAffected()
	return nil
}

// judge marks the jobs that lost, if any, and otherwise completes what all are
// answered.
func (w *committer) judge(ctx context.Context, t *transaction) (lost bool, err error) {
	var ours []bool // which items are in; nil: all
	if int(t.done.items) < len(w.items.chat) {
		if ours, err = w.ours(ctx); err != nil {
			return false, err
		}
	}
	next := 0 // in ours
	for _, j := range t.jobs {
		n := 1
		if j.Work != nil {
			n = 0
			for i := range j.Work.changes {
				n += len(j.Work.changes[i].Bodies)
			}
		}
		if ours != nil && slices.Contains(ours[next:next+n], false) || j.Work != nil && !t.held(j.Work) {
			j.Err, lost = store.ErrStale, true
		}
		next += n
	}
	if !lost {
		for p := range t.changes() {
			t.complete(p)
		}
	}
	return lost, nil
}

// held reports whether everything of a job but its items could be written.
func (t *transaction) held(w *work) bool {
	for i := range w.changes {
		p := &w.changes[i]
		if p.Next != nil {
			if p.Was.Number != 0 && !t.done.chats[p.Number] {
				return false
			}
			for _, id := range p.NewContacts() {
				if !t.done.contacts[string(id)] {
					return false
				}
			}
		}
		for _, a := range p.Agents {
			if !t.done.agents[string(a.User)] {
				return false
			}
		}
		for _, token := range p.Tokens {
			if !t.done.tokens[token.Key] {
				return false
			}
		}
	}
	return true
}

// complete fills in what a change is answered.
func (t *transaction) complete(p *driver.Prepared) {
	switch n := len(p.Items); {
	case n > 0:
		p.Out.Chat.Seq, p.Out.Chat.LastAt = p.Items[n-1].Seq, p.Items[n-1].At
	case p.Next != nil && p.Was.Number != 0:
		e := t.done.ends[p.Number]
		p.Out.Chat.Seq, p.Out.Chat.LastAt = e.seq, e.at
	}
	for _, r := range p.Receipts {
		m := mark{place{p.Number, r.Seq}, r.By}
		if news, ok := t.done.news[m]; ok {
			p.Out.News = append(p.Out.News, news)
			delete(t.done.news, m)
		}
	}
	for _, a := range p.Agents {
		next := *a
		next.Version++
		p.Out.Agents = append(p.Out.Agents, &next)
	}
}
