package embedded

import (
	"context"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/driver"
	"github.com/bellpull/bellpull/internal/tally"
)

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, changes ...*contact.Change) ([]store.Committed, error) {
	if len(changes) == 1 && driver.IsPlain(changes[0]) {
		return s.commitPlain(ctx, changes[0])
	}
	all := make([]prepared, len(changes))
	writes := 0
	for i, ch := range changes {
		var err error
		if all[i].Prepared, err = driver.Prepare(ch); err != nil {
			return nil, fmt.Errorf("commit: %w", err)
		}
		writes += all[i].writes()
	}
	j := s.queue.NewJob()
	j.Size = max(1, len(changes))
	j.Work = work{several: writes > 1, do: func(w *writer) error {
		for i := range all {
			if err := all[i].apply(w); err != nil {
				return err
			}
		}
		return nil
	}}
	if err := s.queue.Do(ctx, j); err != nil {
		return nil, err
	}
	out := make([]store.Committed, len(all))
	for i := range all {
		out[i] = all[i].Out
	}
	return out, nil
}

func (s *Store) commitPlain(ctx context.Context, ch *contact.Change) ([]store.Committed, error) {
	it := &ch.Items[0]
	j := s.queue.NewJob()
	j.Chat, j.Seq = ch.Was.Number, it.Seq
	j.Body = driver.AppendItem(j.Body, it)
	if err := s.queue.Do(ctx, j); err != nil {
		return nil, err
	}
	return driver.Plain(ch), nil
}

// work is what a job does that is more than an item.
type work struct {
	do      func(*writer) error // may be called again, when all that it wrote has been undone
	several bool                // it writes more than once, and may fail half way
}

type (
	job   = driver.Job[work]
	queue = driver.Queue[work]
)

// prepared is a change that can be written.
type prepared struct{ driver.Prepared }

// writes counts the statements that write, or a number above one for several.
func (p *prepared) writes() int {
	n := len(p.Items) + len(p.Receipts) + len(p.Agents) + len(p.Set) + len(p.Clear) + len(p.Tokens) +
		len(p.Outbox) + len(p.Marks) + len(p.OfferEnds) + len(p.FlowMarks)
	if p.Next != nil {
		n += 2 // its contacts and legs too
	}
	return n
}

// apply writes the change. After an error the caller undoes what was written.
func (p *prepared) apply(w *writer) error {
	p.Begin()
	if p.Next != nil {
		if err := w.putChat(p); err != nil {
			return err
		}
	}
	for i, body := range p.Bodies {
		if err := w.insertItem(p.Number, p.Items[i].Seq, body); err != nil {
			return err
		}
		p.Out.Chat.Seq, p.Out.Chat.LastAt = p.Items[i].Seq, p.Items[i].At
	}
	for _, r := range p.Receipts {
		if err := w.putReceipt(p, r); err != nil {
			return err
		}
	}
	for i, a := range p.Agents {
		if err := w.putAgent(p, a, p.Docs[i]); err != nil {
			return err
		}
	}
	if err := w.putFlowMarks(p); err != nil {
		return err
	}
	if err := w.putAgentLog(p); err != nil {
		return err
	}
	if err := w.putTimers(p); err != nil {
		return err
	}
	for _, t := range p.Tokens {
		if err := w.insertToken(t); err != nil {
			return err
		}
	}
	for i := range p.Outbox {
		if err := w.insertOutgoing(&p.Outbox[i]); err != nil {
			return err
		}
	}
	return nil
}

// writer is the one connection that writes. It belongs to the committing
// goroutine.
type writer struct {
	conn                         *sqlite.Conn
	begin, commit, rollback      *sqlite.Stmt
	savepoint, release, rollOnly *sqlite.Stmt
	item                         *sqlite.Stmt
}

func openWriter(file string, sync Sync) (*writer, error) {
	c, err := openConn(file, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: c}
	if err := w.init(sync); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return w, nil
}

func (w *writer) init(sync Sync) error {
	level := "FULL"
	if sync == Normal {
		level = "NORMAL"
	}
	for _, pragma := range []string{
		`PRAGMA journal_mode = WAL`,
		`PRAGMA synchronous = ` + level,
		`PRAGMA wal_autocheckpoint = 4000`,
		`PRAGMA journal_size_limit = 67108864`,
		`PRAGMA cache_size = -4096`,
	} {
		if err := exec(w.conn, pragma); err != nil {
			return err
		}
	}
	if err := migrate(w.conn, migrations); err != nil {
		return err
	}
	for _, p := range []struct {
		stmt **sqlite.Stmt
		sql  string
	}{
		{&w.begin, `BEGIN IMMEDIATE`},
		{&w.commit, `COMMIT`},
		{&w.rollback, `ROLLBACK`},
		{&w.savepoint, `SAVEPOINT call`},
		{&w.release, `RELEASE call`},
		{&w.rollOnly, `ROLLBACK TO call`},
		{&w.item, `INSERT INTO items (chat, seq, body) VALUES (?, ?, ?)`},
	} {
		var err error
		if *p.stmt, err = w.conn.Prepare(p.sql); err != nil {
			return err
		}
	}
	return nil
}

// run commits what comes through the queue until it is closed and empty.
func (w *writer) run(q *queue, f *store.Figures) {
	var batch []*job
	for {
		batch = q.Take(batch[:0])
		if len(batch) == 0 {
			return
		}
		watch := tally.Start()
		if !w.commitBatch(batch) {
			f.Failed.Add(1)
		}
		f.Commit.Took(watch.Elapsed())
		f.Batch.Add(int64(len(batch)))
		for _, j := range batch {
			j.Done()
		}
		clear(batch)
	}
}

// commitBatch runs the jobs in one transaction. One that fails by itself fails
// alone; when the transaction fails, all do, and it reports false.
//
// What a job has half done before it failed can be taken back by a savepoint,
// but that costs a copy of every page that the job writes. Few fail: so the
// batch is first run without, and once more with savepoints if one did.
func (w *writer) commitBatch(batch []*job) bool {
	err := w.transact(batch, w.try)
	if errors.Is(err, errHalfDone) {
		err = w.transact(batch, w.tryAlone)
	}
	if err == nil {
		return true
	}
	for _, j := range batch {
		j.Err = fmt.Errorf("commit: %w", err)
	}
	return false
}

// errHalfDone says that a job failed and may have written something before.
var errHalfDone = errors.New("half done")

// transact runs the jobs by try in one transaction, of which nothing is left
// when it answers an error.
func (w *writer) transact(batch []*job, try func(*job) error) error {
	err := once(w.begin)
	if err == nil {
		for _, j := range batch {
			j.Err = try(j)
			if j.Err != nil && (w.fatal(j.Err) || errors.Is(j.Err, errHalfDone)) {
				err = j.Err
				break
			}
		}
	}
	if err == nil {
		err = once(w.commit)
	}
	if err != nil && !w.conn.AutocommitEnabled() {
		err = errors.Join(err, once(w.rollback))
	}
	return err
}

// fatal says whether an error concerns the whole transaction.
func (w *writer) fatal(err error) bool {
	if w.conn.AutocommitEnabled() {
		return true // SQLite has rolled it back by itself
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultFull, sqlite.ResultIOErr, sqlite.ResultNoMem, sqlite.ResultCorrupt,
		sqlite.ResultNotADB, sqlite.ResultCantOpen, sqlite.ResultReadOnly, sqlite.ResultBusy, sqlite.ResultLocked:
		return true
	default:
		return false
	}
}

// try runs one job. One that may have written something before it failed
// answers errHalfDone too.
func (w *writer) try(j *job) error {
	if j.Work.do == nil {
		return w.insertItem(j.Chat, j.Seq, j.Body)
	}
	err := stale(j.Work.do(w))
	if err != nil && j.Work.several && !w.fatal(err) {
		err = errors.Join(errHalfDone, err)
	}
	return err
}

// tryAlone runs one job: all of it or nothing.
func (w *writer) tryAlone(j *job) error {
	if !j.Work.several {
		return w.try(j)
	}
	if err := once(w.savepoint); err != nil {
		return err
	}
	err := stale(j.Work.do(w))
	if err == nil {
		return once(w.release)
	}
	if w.conn.AutocommitEnabled() {
		return err
	}
	if undo := errors.Join(once(w.rollOnly), once(w.release)); undo != nil {
		return undo
	}
	return err
}

// once runs a prepared statement that returns no rows.
func once(s *sqlite.Stmt) error {
	if _, err := s.Step(); err != nil {
		return err
	}
	return s.Reset()
}

// stale turns the violation of a unique key into store.ErrStale: somebody else
// was there first.
func stale(err error) error {
	switch sqlite.ErrCode(err) {
	case sqlite.ResultConstraintUnique, sqlite.ResultConstraintPrimaryKey, sqlite.ResultConstraintRowID:
		return store.ErrStale
	default:
		return err
	}
}
