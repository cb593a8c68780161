package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

const (
	insertAgents = `INSERT INTO agents (id, instance, version, routable, doc)
	SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::text[])
	ON CONFLICT (id) DO NOTHING RETURNING id`
	updateAgents = `UPDATE agents a SET instance = u.instance, version = u.version, routable = u.routable, doc = u.doc
	FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::text[]) AS u(id, instance, version, routable, doc)
	WHERE a.id = u.id AND a.version = u.version - 1 RETURNING a.id`

	routableAgentsQuery = `SELECT version, doc FROM agents WHERE instance = $1 AND routable ORDER BY id`
	agentsQuery         = `SELECT version, doc FROM agents WHERE instance = $1 ORDER BY id`
)

// agentRows are states of agents, column by column.
type agentRows struct {
	id, instance, doc []string
	version           []int64
	routable          []bool
}

func (r *agentRows) add(a *contact.Agent, doc string) {
	r.id, r.instance, r.doc = append(r.id, string(a.User)), append(r.instance, string(a.Instance)), append(r.doc, doc)
	r.version, r.routable = append(r.version, a.Version+1), append(r.routable, a.Status.Type == contact.Routable)
}

// putAgents stores the next states of agents, who must be at their versions.
func (t *transaction) putAgents() {
	var born, next agentRows
	for p := range t.changes() {
		for i, a := range p.Agents {
			if a.Version == 0 {
				born.add(a, p.Docs[i])
			} else {
				next.add(a, p.Docs[i])
			}
		}
	}
	note := func(r pgx.Rows) error { return scanInto(r, t.done.agents) }
	if len(born.id) > 0 {
		t.queryEach(note, insertAgents, born.id, born.instance, born.version, born.routable, born.doc)
	}
	if len(next.id) > 0 {
		t.queryEach(note, updateAgents, next.id, next.instance, next.version, next.routable, next.doc)
	}
}

func agentOf(r pgx.Rows) (*contact.Agent, error) {
	a := new(contact.Agent)
	var version int64
	var doc pgtype.DriverBytes
	if err := r.Scan(&version, &doc); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(doc, a); err != nil {
		return nil, err
	}
	a.Version = version
	return a, nil
}

// Agent implements store.Store.
func (s *Store) Agent(ctx context.Context, user contact.UserID) (*contact.Agent, error) {
	var a *contact.Agent
	var err error
	if isText(string(user)) {
		err = s.query(ctx, func(r pgx.Rows) (err error) {
			a, err = agentOf(r)
			return err
		}, `SELECT version, doc FROM agents WHERE id = $1`, string(user))
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read agent %s: %w", user, err)
	case a == nil:
		return nil, fault.Newf(fault.NotFound, "no agent %s", user)
	}
	return a, nil
}

// RoutableAgents implements store.Store.
func (s *Store) RoutableAgents(ctx context.Context, instance contact.InstanceID) ([]*contact.Agent, error) {
	return s.agents(ctx, routableAgentsQuery, instance)
}

// Agents implements store.Store.
func (s *Store) Agents(ctx context.Context, instance contact.InstanceID) ([]*contact.Agent, error) {
	return s.agents(ctx, agentsQuery, instance)
}

func (s *Store) agents(ctx context.Context, sql string, instance contact.InstanceID) ([]*contact.Agent, error) {
	var agents []*contact.Agent
	err := s.query(ctx, func(r pgx.Rows) error {
		a, err := agentOf(r)
		agents = append(agents, a)
		return err
	}, sql, string(instance))
	if err != nil {
		return nil, fmt.Errorf("read the agents: %w", err)
	}
	return agents, nil
}
