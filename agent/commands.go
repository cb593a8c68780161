package agent

import (
	"context"
	"fmt"
)

// Refresh asks the server how the desk is now. It is for those who cannot wait
// for a snapshot to come by itself.
func (d *Desk) Refresh(ctx context.Context) (Snapshot, error) {
	ctx, cancel := d.within(ctx)
	defer cancel()
	s, _, err := d.client.fetch(ctx, "", 0)
	return s, d.cause(ctx, err)
}

// SetState puts the agent in a state. What s leaves out is taken from the
// Configuration, so that State{Type: Routable} or State{Name: "Lunch"} will do.
// While a chat rings or goes on it fails with an InvalidStateException; use
// SetNextState. Chats that are over are cleared.
func (d *Desk) SetState(ctx context.Context, s State) error { return d.putState(ctx, s, false) }

// SetNextState is SetState, but waits for the chats that ring or go on: until
// they are done nothing more is offered. The present state takes back the one
// that was waited for.
func (d *Desk) SetNextState(ctx context.Context, s State) error { return d.putState(ctx, s, true) }

func (d *Desk) putState(ctx context.Context, s State, later bool) error {
	config := d.Configuration()
	s, err := config.complete(s)
	if err != nil {
		return err
	}
	return d.Call(ctx, "PutAgentState", map[string]any{
		"state":            map[string]string{"agentStateARN": s.ARN, "type": string(s.Type), "name": s.Name},
		"enqueueNextState": later,
	}, nil)
}

// Accept takes a contact that rings. Accepting what is accepted succeeds.
func (d *Desk) Accept(ctx context.Context, contactID string) error {
	return d.onContact(ctx, "AcceptContact", contactID)
}

// Reject declines a contact that rings. It is offered to others, and takes up
// room here until it is cleared.
func (d *Desk) Reject(ctx context.Context, contactID string) error {
	return d.onContact(ctx, "RejectContact", contactID)
}

// Clear takes a contact that is over off the desk. Clearing what is gone
// succeeds.
func (d *Desk) Clear(ctx context.Context, contactID string) error {
	return d.onContact(ctx, "ClearContact", contactID)
}

func (d *Desk) onContact(ctx context.Context, operation, contactID string) error {
	return d.Call(ctx, operation, map[string]string{"contactId": contactID}, nil)
}

// End ends the agent's part in a chat that goes on, which then waits to be
// cleared. A contact that rings is rejected by it.
func (d *Desk) End(ctx context.Context, contactID string) error {
	c, err := d.contact(ctx, contactID)
	if err != nil {
		return err
	}
	return d.Disconnect(ctx, contactID, c.Own().ID)
}

// Disconnect ends a connection of a contact: the customer's ends the chat for
// everybody.
func (d *Desk) Disconnect(ctx context.Context, contactID, connectionID string) error {
	return d.Call(ctx, "DestroyConnection", map[string]string{"contactId": contactID, "connectionId": connectionID}, nil)
}

// contact returns a contact on the desk, of which no snapshot need have come
// yet.
func (d *Desk) contact(ctx context.Context, id string) (Contact, error) {
	s := d.Snapshot()
	if c, ok := s.Contact(id); ok {
		return c, nil
	}
	s, err := d.Refresh(ctx)
	if err != nil {
		return Contact{}, err
	}
	c, ok := s.Contact(id)
	if !ok {
		return Contact{}, fmt.Errorf("%w: %s", ErrNoContact, id)
	}
	return c, nil
}

// The modes of a supervisor.
const (
	silentMonitor = "SILENT_MONITOR"
	barge         = "BARGE"
)

// Monitor has a supervisor, on whose desk a contact is, listen unseen.
func (d *Desk) Monitor(ctx context.Context, contactID string) error {
	return d.monitor(ctx, contactID, silentMonitor)
}

// Barge has a supervisor, on whose desk a contact is, join the chat.
func (d *Desk) Barge(ctx context.Context, contactID string) error {
	return d.monitor(ctx, contactID, barge)
}

func (d *Desk) monitor(ctx context.Context, contactID, mode string) error {
	return d.Call(ctx, "UpdateMonitorParticipantState",
		map[string]string{"contactId": contactID, "targetMonitorMode": mode}, nil)
}
