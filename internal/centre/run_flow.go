package centre

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// flows holds flows that have been read.
type flows struct{ parsed sync.Map } // *directory.Flow → *flow.Flow

func (f *flows) read(src *directory.Flow) (*flow.Flow, error) {
	if fl, ok := f.parsed.Load(src); ok {
		return fl.(*flow.Flow), nil
	}
	fl, err := flow.Read(src.Content)
	if err != nil {
		return nil, err
	}
	f.parsed.Store(src, fl)
	return fl, nil
}

// source finds a flow by its id or ARN and reads it.
func (f *flows) source(dir *directory.Directory, ref string) (flow.Source, error) {
	src := dir.Flows[contact.FlowID(directory.BareID(ref))]
	if src == nil {
		return flow.Source{}, fault.Newf(fault.NotFound, "the flow is no longer there")
	}
	fl, err := f.read(src)
	if err != nil {
		return flow.Source{}, err
	}
	return flow.Source{ID: string(src.ID), Name: src.Name, Type: flow.Type(src.Type), Flow: fl}, nil
}

// startFlow runs the chat's flow from its beginning.
func (c *Centre) startFlow(ctx context.Context, d *contact.Draft) error {
	dir, err := c.Instance(d.Chat().Instance)
	if err != nil {
		return err
	}
	src, err := c.flows.source(dir, string(d.Chat().Flow.Flow))
	if err != nil {
		return c.flowFailed(ctx, d, err)
	}
	m := flow.New(flow.Begin{Source: src}, flow.Env{
		Values: func(keys []string) (string, bool) { return value(d.Chat(), dir, keys) },
		Random: rand.IntN,
	})
	return c.runFlow(ctx, d, dir, m)
}

// runFlow does what a flow asks for until it is over. What it cannot do yet
// takes the error branch of its action.
func (c *Centre) runFlow(ctx context.Context, d *contact.Draft, dir *directory.Directory, m *flow.Machine) error {
	for {
		var out flow.Outcome
		var err error
		switch do := m.Next().(type) {
		case flow.Say:
			out.Error = say(d, do)
		case flow.SetQueue:
			out.Error = c.setQueue(d, dir, do.Queue)
		case flow.SetAttributes:
			if do.Related || d.SetAttributes(do.Attributes) != nil {
				out.Error = flow.NoMatchingError
			}
		case flow.EnterQueue:
			out.Error, err = c.enterQueue(ctx, d, dir)
		case flow.Load:
			if out.Source, err = c.flows.source(dir, do.ID); err != nil {
				out.Error, err = flow.NoMatchingError, nil
			}
		case flow.Disconnect:
			return c.end(ctx, d, contact.ByFlow)
		case flow.End:
			if do.Contact {
				return c.end(ctx, d, contact.ByFlow)
			}
			return nil
		case flow.Failed:
			return c.flowFailed(ctx, d, fault.Newf(fault.Invalid, "action %s (%s): %s %s", do.Action, do.Type, do.Error, do.Reason))
		default:
			out.Error = flow.NoMatchingError
			c.Log.WarnContext(ctx, "the flow asks for what cannot be done here",
				"contact", d.Chat().ID, "flow", d.Chat().Flow.Flow, "action", m.State().Action, "effect", fmt.Sprintf("%T", do))
		}
		if err == nil {
			err = m.Answer(out)
		}
		if err != nil {
			return err
		}
	}
}

// say says the messages, or none of them: in their own form where the
// customer's client shows it, else plainly.
func say(d *contact.Draft, do flow.Say) (failed string) {
	said := slices.Clone(do.Messages)
	for i := range said {
		if msg := &said[i]; msg.Type != contact.PlainText && !slices.Contains(d.Chat().ContentTypes, msg.Type) {
			msg.Type, msg.Text = contact.PlainText, msg.Plain
		}
		if contact.CheckContent(said[i].Type, said[i].Text) != nil {
			return flow.NoMatchingError
		}
	}
	for _, msg := range said {
		d.Prompt(msg.Type, msg.Text)
	}
	return ""
}

// flowFailed ends a chat whose flow cannot go on.
func (c *Centre) flowFailed(ctx context.Context, d *contact.Draft, why error) error {
	c.Log.WarnContext(ctx, "the flow ended by an error", "contact", d.Chat().ID, "flow", d.Chat().Flow.Flow, "error", why)
	return c.end(ctx, d, contact.ByFlow)
}

func (c *Centre) setQueue(d *contact.Draft, dir *directory.Directory, name string) (failed string) {
	id := contact.QueueID(directory.BareID(name))
	if dir.Queues[id] == nil {
		return flow.NoMatchingError
	}
	d.SetQueue(id)
	return ""
}

// enterQueue queues the chat where its queue takes it.
func (c *Centre) enterQueue(ctx context.Context, d *contact.Draft, dir *directory.Directory) (failed string, err error) {
	q := dir.Queues[d.Chat().Flow.Queue]
	if q == nil || q.Disabled {
		return flow.NoMatchingError, nil
	}
	if q.MaxContacts > 0 {
		waiting, err := c.Store.Waiting(ctx, d.Chat().Instance)
		if err != nil {
			return "", err
		}
		n := 0
		for _, w := range waiting {
			if w.Queue == q.ID {
				n++
			}
		}
		if n >= q.MaxContacts {
			return flow.QueueAtCapacity, nil
		}
	}
	return "", d.Enqueue()
}

// value resolves a path of the flow language.
func value(chat *contact.Chat, dir *directory.Directory, keys []string) (string, bool) {
	switch len(keys) {
	case 1:
		v := systemValue(chat, dir, keys[0])
		return v, v != ""
	case 2:
		switch keys[0] {
		case "Attributes":
			v, ok := chat.Attributes[keys[1]]
			return v, ok
		case "SegmentAttributes":
			if text := chat.SegmentAttributes[keys[1]].Text; text != nil {
				return *text, true
			}
		case "Media":
			return chat.InitialText, keys[1] == "InitialMessage" && chat.InitialText != ""
		case "Queue":
			q := dir.Queues[chat.Flow.Queue]
			switch {
			case q == nil:
			case keys[1] == "Name":
				return q.Name, true
			case keys[1] == "ARN":
				return dir.Instance.ARN("queue", string(q.ID)), true
			}
		}
	}
	return "", false
}

func systemValue(chat *contact.Chat, dir *directory.Directory, name string) string {
	switch name {
	case "ContactId":
		return string(chat.Current().ID)
	case "InitialContactId":
		return string(chat.ID)
	case "PreviousContactId":
		return string(chat.Current().Previous)
	case "Channel":
		return "CHAT"
	case "InstanceARN":
		return dir.Instance.ARN()
	case "AwsRegion":
		return dir.Instance.Region
	case "InitiationMethod":
		return chat.Current().Method
	case "CustomerId":
		return chat.CustomerID
	}
	return ""
}
