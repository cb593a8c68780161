package centre

import (
	"context"
	"slices"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// QuickConnects returns what an agent may hand contacts of the queues on to, in
// the order of their names. Every queue must be one that the agent serves.
func (c *Centre) QuickConnects(instance contact.InstanceID, user contact.UserID, queues []contact.QueueID) ([]*directory.QuickConnect, error) {
	dir, err := c.Instance(instance)
	if err != nil {
		return nil, err
	}
	u := dir.Users[user]
	if u == nil {
		return nil, fault.Newf(fault.NotFound, "there is no user %s", user)
	}
	var all []*directory.QuickConnect
	for _, id := range queues {
		if !dir.Serves(u, id) {
			return nil, fault.Newf(fault.Invalid, "queue %s is not of the agent's routing profile", id)
		}
		q := dir.Queue(id)
		if q == nil {
			continue
		}
		for _, connect := range q.Connects {
			if qc := dir.Connects[connect]; qc != nil && qc.Phone == "" && !slices.Contains(all, qc) {
				all = append(all, qc)
			}
		}
	}
	slices.SortFunc(all, directory.ByName)
	return all, nil
}

// Transfer hands a contact that an agent talks in on to a quick connect; with
// adds the agent stays, and a colleague joins. It is not over when Transfer
// returns: the flow of the quick connect decides, and both agents are told.
func (c *Centre) Transfer(ctx context.Context, instance contact.InstanceID, user contact.UserID, id contact.ID, to directory.QuickConnectID, adds bool) error {
	dir, err := c.Instance(instance)
	if err != nil {
		return err
	}
	qc := dir.Connects[to]
	switch {
	case qc == nil:
		return fault.Newf(fault.NotFound, "there is no quick connect %s", to)
	case qc.Queue == "" && qc.User == "":
		return fault.Newf(fault.Invalid, "chats cannot be transferred to quick connect %s", qc.Name)
	case adds && !dir.Instance.MultiParty:
		return fault.Newf(fault.Conflict, "the instance does not allow several agents in a chat")
	}
	t := contact.Transfer{Contact: contact.ID(c.IDs.New()), Name: qc.Name, Adds: adds, Queue: qc.Queue, Agent: qc.User}
	return c.onDesk(ctx, instance, user, id, func(d *contact.Draft, _ *contact.Agent, w *contact.Work) error {
		if w.State != contact.Talking || w.Monitor != "" {
			return fault.Newf(fault.Conflict, "contact %s is not connected", id)
		}
		t.By = w.Participant
		if err := d.BeginTransfer(t); err != nil {
			return err
		}
		as := flow.QueueTransfer
		if qc.User != "" {
			as = flow.AgentTransfer
		}
		return c.beginFlow(ctx, d, qc.Flow, as)
	})
}

// endTransfer gives up a transfer whose flow has not queued the contact.
func (c *Centre) endTransfer(ctx context.Context, d *contact.Draft) error {
	d.EndFlow(contact.Dropped)
	if alone := d.EndTransfer(); !alone {
		return nil
	}
	if d.Chat().Flow.Hooks[contact.CustomerRemaining] != "" {
		return c.remains(ctx, d)
	}
	return c.end(ctx, d, contact.ByAgent)
}
