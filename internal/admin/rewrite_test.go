package admin_test

import (
	"context"
	"errors"
	"testing"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store"
)

// busy is a centre where a chat waits in one queue.
type busy struct{ queue contact.QueueID }

func (b busy) Waiting(context.Context, contact.InstanceID) ([]store.Waiting, error) {
	return []store.Waiting{{Chat: "c", Queue: b.queue}}, nil
}

func (busy) Agent(context.Context, contact.UserID) (*contact.Agent, error) {
	return nil, fault.Newf(fault.NotFound, "nobody has signed in")
}

// without is a rewriting of the dev instance that adds a queue and removes
// another.
func without(remove contact.QueueID) []admin.Rewriting {
	put := directory.New()
	put.Instance = seed.Dev().Instance
	put.Queues["q"] = &directory.Queue{ID: "q", Name: "Another"}
	return []admin.Rewriting{{Put: put, Remove: []directory.Ref{{Kind: directory.QueueKind, ID: string(remove)}}}}
}

func TestRewriteStoresAllOrNothing(t *testing.T) {
	refused := errors.New("refused")
	for _, c := range []struct {
		name   string
		live   admin.Live
		dry    bool
		decide error
		want   bool // it is stored, and seen
		kind   fault.Kind
	}{
		{"nothing goes on", nil, false, nil, true, fault.Internal},
		{"a dry run", nil, true, nil, false, fault.Internal},
		{"a decision against it", nil, false, refused, false, fault.Internal},
		{"a chat waits in the queue that goes", busy{seed.DevQueue}, false, nil, false, fault.Conflict},
		{"a chat waits elsewhere", busy{"elsewhere"}, false, nil, true, fault.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			reloads := 0
			a, k := open(t, func(context.Context) error { reloads++; return nil })
			a.Live = c.live
			err := a.Rewrite(t.Context(), c.dry, func(have []*directory.Directory) ([]admin.Rewriting, error) {
				if len(have) != 1 || have[0].Queues[seed.DevQueue] == nil {
					t.Errorf("it is given %d instances", len(have))
				}
				return without(seed.DevQueue), c.decide
			})
			if c.kind != fault.Internal && fault.KindOf(err) != c.kind || c.decide != nil && !errors.Is(err, c.decide) || c.want && err != nil {
				t.Errorf("error %v", err)
			}
			d, err := k.Directory(t.Context(), seed.DevInstance)
			if err != nil {
				t.Fatal(err)
			}
			added, removed := d.Queues["q"] != nil, d.Queues[seed.DevQueue] == nil
			if added != c.want || removed != c.want || (reloads == 1) != c.want {
				t.Errorf("added %v, removed %v, reloaded %d times; want %v", added, removed, reloads, c.want)
			}
		})
	}
}
