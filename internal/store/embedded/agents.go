package embedded

import (
	"context"
	"encoding/json"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
)

const routableAgentsQuery = `SELECT version, doc FROM agents WHERE instance = ? AND routable ORDER BY user`

// putAgent stores the next state of an agent, who must be at a.Version.
func (w *writer) putAgent(p *prepared, a *contact.Agent, doc string) error {
	next := *a
	next.Version++
	routable := a.Status.Type == contact.Routable
	if a.Version == 0 {
		if err := exec(w.conn, `INSERT INTO agents (user, instance, version, routable, doc) VALUES (?, ?, ?, ?, ?)`,
			a.User, a.Instance, next.Version, routable, doc); err != nil {
			return err
		}
	} else {
		if err := exec(w.conn, `UPDATE agents SET instance = ?, version = ?, routable = ?, doc = ? WHERE user = ? AND version = ?`,
			a.Instance, next.Version, routable, doc, a.User, a.Version); err != nil {
			return err
		}
		if w.conn.Changes() == 0 {
			return store.ErrStale
		}
	}
	p.Out.Agents = append(p.Out.Agents, &next)
	return nil
}

func agentOf(r row) (*contact.Agent, error) {
	a := new(contact.Agent)
	if err := json.Unmarshal(blob(r, 1, nil), a); err != nil {
		return nil, err
	}
	a.Version = r.ColumnInt64(0)
	return a, nil
}

// Agent implements store.Store.
func (s *Store) Agent(ctx context.Context, user contact.UserID) (*contact.Agent, error) {
	var a *contact.Agent
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, `SELECT version, doc FROM agents WHERE user = ?`, []any{user}, func(r row) (err error) {
			a, err = agentOf(r)
			return err
		})
	})
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

func (s *Store) agents(ctx context.Context, sql string, instance contact.InstanceID) ([]*contact.Agent, error) {
	var agents []*contact.Agent
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, sql, []any{instance}, func(r row) error {
			a, err := agentOf(r)
			agents = append(agents, a)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the agents: %w", err)
	}
	return agents, nil
}
