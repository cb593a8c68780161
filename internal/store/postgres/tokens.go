package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/store"
)

const insertTokens = `INSERT INTO tokens (key, answer, at) SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[])
	ON CONFLICT (key) DO NOTHING RETURNING key`

func (t *transaction) putTokens() {
	var keys, answers [][]byte
	var at []int64
	for p := range t.changes() {
		for _, token := range p.Tokens {
			keys, answers, at = append(keys, []byte(token.Key)), append(answers, []byte(token.Answer)), append(at, token.At.UnixMilli())
		}
	}
	if len(keys) == 0 {
		return
	}
	t.queryEach(func(r pgx.Rows) error {
		var key []byte
		err := r.Scan(&key)
		t.done.tokens[string(key)] = true
		return err
	}, insertTokens, keys, answers, at)
}

// Token implements store.Store.
func (s *Store) Token(ctx context.Context, key string) (answer string, ok bool, err error) {
	err = s.query(ctx, func(r pgx.Rows) error {
		var b []byte
		err := r.Scan(&b)
		answer, ok = string(b), true
		return err
	}, `SELECT answer FROM tokens WHERE key = $1`, []byte(key))
	if err != nil {
		return "", false, fmt.Errorf("read an idempotency key: %w", err)
	}
	return answer, ok, nil
}

// few is how many rows are removed at once, so that nobody waits for it.
const few = 500

// ForgetTokens implements store.Store.
func (s *Store) ForgetTokens(ctx context.Context, before time.Time) error {
	for more := true; more; {
		err := s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, `DELETE FROM tokens WHERE key IN (SELECT key FROM tokens WHERE at < $1 LIMIT $2)`, before.UnixMilli(), few)
			more = tag.RowsAffected() > 0
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
	err := s.query(ctx, func(r pgx.Rows) error {
		k, err := keyOf(r)
		keys = append(keys, k)
		return err
	}, keysQuery)
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	return keys, nil
}

// keyOf reads a row of keysQuery.
func keyOf(r pgx.Rows) (k store.SigningKey, err error) {
	var id, created int64
	err = r.Scan(&id, &k.Secret, &created)
	k.ID, k.Created = uint32(id), time.UnixMilli(created).UTC()
	return k, err
}

// AddSigningKey implements store.Store.
func (s *Store) AddSigningKey(ctx context.Context, k store.SigningKey) error {
	err := s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO signing_keys AS s (id, secret, created) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET created = excluded.created WHERE s.secret = excluded.secret`, int64(k.ID), k.Secret, k.Created.UnixMilli())
		if err == nil && tag.RowsAffected() == 0 {
			return errors.Join(errRow, errors.New("there is another key of this id"))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("add signing key %d: %w", k.ID, err)
	}
	return nil
}
