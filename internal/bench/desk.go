package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// desk is one agent, whose one socket serves all of the agent's chats.
type desk struct {
	line   *line
	bearer string
	socket *socket
	all    []*chat
	ended  sink // of the socket
}

// openDesks signs the agents in and makes them available.
func (b *bench) openDesks(ctx context.Context) error {
	for _, a := range b.Agents {
		d := &desk{all: b.chats}
		b.desks = append(b.desks, d)
		if err := d.open(ctx, b, a); err != nil {
			return fmt.Errorf("%s: %w", a.Username, err)
		}
	}
	return nil
}

func (d *desk) open(ctx context.Context, b *bench, a Agent) (err error) {
	if d.line, err = openLine(ctx, b.url); err != nil {
		return err
	}
	in, err := json.Marshal(map[string]string{"username": a.Username, "password": a.Password})
	if err != nil {
		return err
	}
	var session struct{ AccessToken string }
	if err := call(d.line, "POST", "/auth/token", "", in, &session); err != nil {
		return err
	}
	d.bearer = bearer(session.AccessToken)
	if err := d.put("routable"); err != nil {
		return err
	}
	var made struct{ WebSocketTransport struct{ URL string } }
	if err := d.call("CreateTransport", map[string]string{"transportType": "web_socket"}, &made); err != nil {
		return err
	}
	if d.socket, err = subscribe(ctx, made.WebSocketTransport.URL); err != nil {
		return err
	}
	d.ended.follow(d.socket, func(i int) *sink {
		if i >= len(d.all) {
			return nil // of another run on the same server
		}
		return d.all[i].arrived
	})
	return nil
}

// call calls an operation of the agent API.
func (d *desk) call(operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return call(d.line, "POST", "/api", d.bearer+"X-Amz-Target: AmazonConnectCTIService."+operation+"\r\n", body, out)
}

// put puts the agent into the first state of a type.
func (d *desk) put(stateType string) error {
	var known struct{ States []json.RawMessage }
	if err := d.call("GetAgentStates", struct{}{}, &known); err != nil {
		return err
	}
	for _, s := range known.States {
		var state struct{ Type string }
		if err := json.Unmarshal(s, &state); err != nil {
			return err
		}
		if state.Type == stateType {
			return d.call("PutAgentState", map[string]any{"state": s}, nil)
		}
	}
	return fmt.Errorf("none of %d states is %s", len(known.States), stateType)
}

// awaitDesks accepts what rings until every chat has an agent.
func (b *bench) awaitDesks(ctx context.Context) error {
	if len(b.desks) == 0 {
		return nil
	}
	missing := make(map[string]bool, len(b.chats))
	for _, c := range b.chats {
		missing[c.contact] = true
	}
	for end := now().Add(patience); len(missing) > 0; {
		for _, d := range b.desks {
			if err := d.accept(missing); err != nil {
				return err
			}
		}
		if now().After(end) {
			return fmt.Errorf("%d chats were offered to no agent within %v: give more agents, or chats that they have room for", len(missing), patience)
		}
		if !wait(ctx, 5*time.Millisecond) {
			return ctx.Err()
		}
	}
	return nil
}

// accept accepts what rings and is missing.
func (d *desk) accept(missing map[string]bool) error {
	var desk struct {
		Snapshot struct {
			Contacts []struct {
				ContactID string
				State     struct{ Type string }
			}
		}
	}
	if err := d.call("GetAgentSnapshot", map[string]any{"timeout": 0}, &desk); err != nil {
		return err
	}
	for _, c := range desk.Snapshot.Contacts {
		if !missing[c.ContactID] {
			continue
		}
		if c.State.Type == "connecting" {
			if err := d.call("AcceptContact", map[string]string{"contactId": c.ContactID}, nil); err != nil {
				return err
			}
		}
		delete(missing, c.ContactID)
	}
	return nil
}

// hangUp closes the socket and returns when everything that came is in the
// sinks.
func (d *desk) hangUp() {
	if d.socket != nil {
		d.socket.close()
		d.ended.ended.Wait()
	}
}

// close signs off. The chats have ended, and their after-work with this.
func (d *desk) close() {
	d.hangUp()
	if d.line != nil {
		if d.bearer != "" {
			_ = d.put("offline") // the run is over, whatever becomes of it
		}
		d.line.close()
	}
}
