package centre

import (
	"context"
	"sync"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// maxSteps ends a flow that runs in circles without waiting.
const maxSteps = 1000

// flows holds flows that have been read.
type flows struct{ parsed sync.Map } // *directory.Flow → *flow.Flow

func (f *flows) read(src *directory.Flow) (*flow.Flow, error) {
	if fl, ok := f.parsed.Load(src); ok {
		return fl.(*flow.Flow), nil
	}
	fl, err := flow.Parse(src.Content)
	if err != nil {
		return nil, err
	}
	f.parsed.Store(src, fl)
	return fl, nil
}

// startFlow runs the chat's flow from its beginning.
func (c *Centre) startFlow(ctx context.Context, d *contact.Draft) error {
	dir, err := c.Instance(d.Chat().Instance)
	if err != nil {
		return err
	}
	src := dir.Flows[d.Chat().Flow.Flow]
	if src == nil {
		return c.flowFailed(ctx, d, fault.Newf(fault.NotFound, "the flow is no longer there"))
	}
	fl, err := c.flows.read(src)
	if err != nil {
		return c.flowFailed(ctx, d, err)
	}
	return c.runFlow(ctx, d, dir, fl, fl.Start)
}

// runFlow takes the steps of a flow until it is over. Nothing that it can do so
// far makes it wait.
func (c *Centre) runFlow(ctx context.Context, d *contact.Draft, dir *directory.Directory, fl *flow.Flow, at string) error {
	values := func(path string) string { return value(d.Chat(), dir, path) }
	for range maxSteps {
		effect, err := fl.Step(at, values)
		if err != nil {
			return c.flowFailed(ctx, d, err)
		}
		failed := ""
		switch do := effect.(type) {
		case flow.Say:
			if failed = flow.NoMatchingError; contact.CheckContent(contact.PlainText, do.Text) == nil {
				d.Prompt(contact.PlainText, do.Text)
				failed = ""
			}
		case flow.SetQueue:
			failed = c.setQueue(d, dir, do.Queue)
		case flow.EnterQueue:
			if failed, err = c.enterQueue(ctx, d, dir); err != nil || failed == "" {
				return err
			}
		case flow.Disconnect, flow.End:
			return c.end(ctx, d, contact.ByFlow)
		case flow.Unknown:
			c.Log.WarnContext(ctx, "the flow has an action that cannot be run here",
				"contact", d.Chat().ID, "flow", d.Chat().Flow.Flow, "action", at, "type", do.Type)
			failed = flow.NoMatchingError
		}
		next := fl.Next(at, failed)
		if next == "" {
			return c.flowFailed(ctx, d, fault.Newf(fault.Invalid, "action %s failed and has no error branch", at))
		}
		at = next
	}
	return c.flowFailed(ctx, d, fault.Newf(fault.Invalid, "the flow took more than %d steps", maxSteps))
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
func value(chat *contact.Chat, dir *directory.Directory, path string) string {
	keys := flow.Keys(path)
	switch len(keys) {
	case 1:
		switch keys[0] {
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
	case 2:
		switch keys[0] {
		case "Attributes":
			return chat.Attributes[keys[1]]
		case "SegmentAttributes":
			if text := chat.SegmentAttributes[keys[1]].Text; text != nil {
				return *text
			}
		case "Media":
			if keys[1] == "InitialMessage" {
				return chat.InitialText
			}
		case "Queue":
			q := dir.Queues[chat.Flow.Queue]
			switch {
			case q == nil:
			case keys[1] == "Name":
				return q.Name
			case keys[1] == "ARN":
				return dir.Instance.ARN("queue", string(q.ID))
			}
		}
	}
	return ""
}
