package driver

import (
	"errors"
	"fmt"
	"iter"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
)

// Prepared is a change with everything encoded that can be before its turn
// comes.
type Prepared struct {
	*contact.Change
	// Number is the chat's; 0 for one that is new, until it has been given one.
	Number int64
	Doc    string   // of Next
	Bodies [][]byte // of Items
	Docs   []string // of Agents
	Out    store.Committed
}

// Prepare checks that a change makes sense and encodes it.
func Prepare(ch *contact.Change) (p Prepared, err error) {
	p.Change = ch
	if ch.Was == nil && (ch.Next != nil || len(ch.Items)+len(ch.Receipts)+len(ch.Set)+len(ch.Clear)+len(ch.Tokens) > 0) {
		return p, errors.New("the change does not say which chat it is of")
	}
	for _, a := range ch.Agents {
		doc, err := AgentDoc(a)
		if err != nil {
			return p, err
		}
		p.Docs = append(p.Docs, doc)
	}
	if ch.Was == nil {
		return p, nil
	}
	p.Number = ch.Was.Number
	if p.Number == 0 && ch.Next == nil {
		return p, errors.New("the chat is new, and the change has no state for it")
	}
	for i := range ch.Items {
		if it := &ch.Items[i]; it.Seq != ch.Was.Seq+1+int64(i) {
			return p, fmt.Errorf("item %d of the change is numbered %d, after %d: it was not stamped", i, it.Seq, ch.Was.Seq)
		}
		p.Bodies = append(p.Bodies, AppendItem(nil, &ch.Items[i]))
	}
	if ch.Next != nil {
		p.Doc, err = ChatDoc(ch.Next)
	}
	return p, err
}

// Begin starts what the change is answered with: the chat as it will be, but for
// its items.
func (p *Prepared) Begin() {
	p.Out = store.Committed{}
	if p.Was == nil {
		return
	}
	chat := *p.Was
	if p.Next != nil {
		chat = *p.Next
		chat.Number, chat.Version, chat.Seq, chat.LastAt = p.Number, p.Was.Version+1, p.Was.Seq, p.Was.LastAt
	}
	p.Out.Chat = &chat
}

// IsPlain says whether a change is one more item and nothing else: an ordinary
// message. It is one inserted row; no other is read or written.
func IsPlain(ch *contact.Change) bool {
	return len(ch.Items) == 1 && ch.Next == nil && ch.Was != nil && ch.Was.Number != 0 && ch.Items[0].Seq == ch.Was.Seq+1 &&
		len(ch.Receipts) == 0 && len(ch.Agents) == 0 && len(ch.Set) == 0 && len(ch.Clear) == 0 && len(ch.Tokens) == 0 &&
		len(ch.Outbox) == 0
}

// Plain answers a plain change that has been stored.
func Plain(ch *contact.Change) []store.Committed {
	next := *ch.Was
	next.Seq, next.LastAt = ch.Items[0].Seq, ch.Items[0].At
	return []store.Committed{{Chat: &next}}
}

// NewContacts returns the contacts of Next that the chat had not before.
func (p *Prepared) NewContacts() (ids []contact.ID) {
	for i := range p.Next.Contacts {
		if id := p.Next.Contacts[i].ID; p.Was.Number == 0 || p.Was.Segment(id) == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// NewLegs hands over the contacts of Next that are not as they were before, with
// their places in the chat.
func (p *Prepared) NewLegs() iter.Seq2[int, *contact.Leg] {
	return func(yield func(int, *contact.Leg) bool) {
		var were []contact.Leg
		if p.Was.Number != 0 {
			were = p.Was.Legs()
		}
		legs := p.Next.Legs()
		for i := range legs {
			if (i >= len(were) || were[i] != legs[i]) && !yield(i, &legs[i]) {
				return
			}
		}
	}
}
