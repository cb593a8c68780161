package embedded

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
)

const allKeysQuery = `SELECT id, secret, created FROM signing_keys ORDER BY created DESC, id DESC`

func (w *writer) insertToken(t contact.Token) error {
	return exec(w.conn, `INSERT INTO tokens (key, answer, at) VALUES (?, ?, ?)`, t.Key, t.Answer, t.At.UnixMilli())
}

// Token implements store.Store.
func (s *Store) Token(ctx context.Context, key string) (answer string, ok bool, err error) {
	err = s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, `SELECT answer FROM tokens WHERE key = ?`, []any{key}, func(r row) error {
			answer, ok = r.ColumnText(0), true
			return nil
		})
	})
	if err != nil {
		return "", false, fmt.Errorf("read an idempotency key: %w", err)
	}
	return answer, ok, nil
}

// ForgetTokens implements store.Store. It goes in small steps, so that
// messages do not wait for it.
func (s *Store) ForgetTokens(ctx context.Context, before time.Time) error {
	for more := true; more; {
		err := s.write(ctx, func(w *writer) error {
			err := exec(w.conn, `DELETE FROM tokens WHERE key IN (SELECT key FROM tokens WHERE at < ? LIMIT 200)`, before.UnixMilli())
			more = w.conn.Changes() > 0
			return err
		})
		if err != nil {
			return fmt.Errorf("forget idempotency keys: %w", err)
		}
	}
	return nil
}

// SigningKeys implements store.Store.
func (s *Store) SigningKeys(ctx context.Context) ([]store.SigningKey, error) {
	var keys []store.SigningKey
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, allKeysQuery, nil, func(r row) error {
			keys = append(keys, *signingKeyOf(r))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	return keys, nil
}

// signingKeyOf reads a row of allKeysQuery.
func signingKeyOf(r row) *store.SigningKey {
	return &store.SigningKey{ID: uint32(r.ColumnInt64(0)), Secret: blob(r, 1, nil), Created: timeAt(r, 2)}
}

// AddSigningKey implements store.Store.
func (s *Store) AddSigningKey(ctx context.Context, k store.SigningKey) error {
	err := s.write(ctx, func(w *writer) error {
		return exec(w.conn, `INSERT INTO signing_keys (id, secret, created) VALUES (?, ?, ?)`, k.ID, k.Secret, k.Created.UnixMilli())
	})
	if err != nil {
		return fmt.Errorf("add signing key %d: %w", k.ID, err)
	}
	return nil
}

// write calls do on the connection that writes, all of it or nothing.
func (s *Store) write(ctx context.Context, do func(*writer) error) error {
	j := s.queue.NewJob()
	j.Work = work{do, true}
	return s.queue.Do(ctx, j)
}
