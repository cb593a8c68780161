package centre

import (
	"context"
	"encoding/json"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// heard tells the running flow that the customer said something, where it
// waits for that.
func (c *Centre) heard(ctx context.Context, d *contact.Draft, by contact.ParticipantID, contentType, text string) error {
	f := &d.Chat().Flow
	if contentType == contact.InteractiveResponse {
		text = chosen(text)
	}
	if !f.Running() || d.Chat().Participant(by).Role != contact.Customer {
		return nil
	}
	if f.Call != nil {
		d.Hear(text)
		return nil
	}
	if !f.Expects(string(flow.CustomerReturned)) {
		return nil
	}
	return c.resumeFlow(ctx, d, flow.Outcome{Event: flow.CustomerReturned, Text: text})
}

// chosen returns the words of what a customer has chosen of an interactive
// message, for a bot understands no JSON; without any it is the answer as it is.
func chosen(text string) string {
	var answer struct {
		Data struct {
			Selection string `json:"selectionText"`
		} `json:"data"`
	}
	if json.Unmarshal([]byte(text), &answer) != nil || answer.Data.Selection == "" {
		return text
	}
	return answer.Data.Selection
}

// botLeft tells the running flow that a bot has left, where it waits for that.
func (c *Centre) botLeft(ctx context.Context, d *contact.Draft) error {
	if d.Chat().Over() || !d.Chat().Flow.Expects(string(flow.BotParticipantDisconnected)) {
		return nil
	}
	return c.resumeFlow(ctx, d, flow.Outcome{Event: flow.BotParticipantDisconnected})
}

// waited tells the flow that its time is over.
func (c *Centre) waited(ctx context.Context, d *contact.Draft, turn string) error {
	if !d.Chat().Flow.IsTurn(turn) {
		return nil
	}
	return c.resumeFlow(ctx, d, flow.Outcome{Event: flow.TimerFired})
}

// accept connects an agent with a contact that rings, after the whispers that
// the chat has hooked.
func (c *Centre) accept(ctx context.Context, d *contact.Draft, a *contact.Agent, w *contact.Work) error {
	chat := d.Chat()
	whispers := chat.Flow.Hooks[agentWhisper] != "" || chat.Flow.Hooks[customerWhisper] != ""
	switch {
	case w.State != contact.Ringing || !whispers:
		return c.join(d, a, w.Participant, w.Contact)
	case chat.Flow.Whisper == w.Participant:
		return nil // it is being whispered
	}
	d.Agent(a, a)
	d.Whisper(w.Participant)
	return c.whispered(ctx, d, "")
}

// join connects an agent who has accepted.
func (c *Centre) join(d *contact.Draft, a *contact.Agent, as contact.ParticipantID, id contact.ID) error {
	was := d.Chat().Participant(as)
	if err := d.Accept(a, id); err != nil || was != nil && was.Presence == contact.Present {
		return err
	}
	c.watch(d, as)
	return nil
}

// whispered goes on after one whisper with the next, and then lets the agent
// join.
func (c *Centre) whispered(ctx context.Context, d *contact.Draft, after flow.Type) error {
	hooks := d.Chat().Flow.Hooks
	if after == "" && hooks[agentWhisper] != "" {
		return c.beginFlow(ctx, d, hooks[agentWhisper], flow.AgentWhisper)
	}
	if after != flow.CustomerWhisper && hooks[customerWhisper] != "" {
		return c.beginFlow(ctx, d, hooks[customerWhisper], flow.CustomerWhisper)
	}
	p := d.Chat().Participant(d.Chat().Flow.Whisper)
	if p == nil {
		return nil // the agent has gone meanwhile
	}
	a := d.AgentInDraft(p.User)
	if a == nil {
		var err error
		if a, err = c.Agent(ctx, d.Chat().Instance, p.User); err != nil {
			return err
		}
	}
	err := c.join(d, a, p.ID, p.Contact)
	if fault.KindOf(err) == fault.Conflict || fault.KindOf(err) == fault.NotFound {
		return nil // likewise
	}
	return err
}

// remains runs the disconnect flow when an agent has left a customer behind.
func (c *Centre) remains(ctx context.Context, d *contact.Draft) error {
	return c.beginFlow(ctx, d, d.Chat().Flow.Hooks[contact.CustomerRemaining], flow.Inbound)
}
