package chat

import "slices"

// timeline turns items, as they come, into the events to tell: each once. It
// knows no clock and no network.
type timeline struct {
	self     string                // our participant id; "" if unknown
	seen     map[string]int        // items told, by id: how many were told before
	last     string                // the newest told item that the transcript holds
	receipts map[receiptKey]int    // how far each receipt has got
	partials map[string]*partially // streamed answers that are not finished
}

type receiptKey struct{ message, recipient string }

// partially is a streamed answer so far.
type partially struct {
	item Item
	next int // the number its next part must have
}

func newTimeline(self, last string) *timeline {
	t := &timeline{
		self:     self,
		last:     last,
		seen:     map[string]int{},
		receipts: map[receiptKey]int{},
		partials: map[string]*partially{},
	}
	if last != "" {
		t.seen[last] = 0
	}
	return t
}

// next returns what an item gives to tell, in order: nothing if it was told
// before.
func (t *timeline) next(it Item) []Event {
	switch {
	case it.Type == TypeMessageMetadata:
		return t.metadata(it)
	case it.ContentType == EventTyping && it.ParticipantID == t.self && t.self != "":
		return nil // our own, echoed
	}
	if _, ok := t.seen[it.ID]; ok && it.ID != "" {
		return t.metadata(it)
	}
	if it.partial() {
		return t.part(it)
	}
	delete(t.partials, it.ID)
	if it.ID != "" {
		t.seen[it.ID] = len(t.seen)
	}
	if it.stored() && it.ID != "" {
		t.last = it.ID
	}
	// The item shows its receipts itself; remember that they are told.
	t.metadata(it)
	return []Event{EventOf(it)}
}

// position says how many items were told before the one with this id, or -1.
func (t *timeline) position(id string) int {
	if n, ok := t.seen[id]; ok {
		return n
	}
	return -1
}

// metadata tells the receipts in it that are news and are not our own.
func (t *timeline) metadata(it Item) []Event {
	if it.MessageMetadata == nil {
		return nil
	}
	id := it.MessageMetadata.MessageID
	if id == "" {
		id = it.ID
	}
	var events []Event
	for _, r := range it.MessageMetadata.Receipts {
		key := receiptKey{id, r.RecipientParticipantID}
		if r.RecipientParticipantID == t.self && t.self != "" {
			continue
		}
		switch {
		case !r.ReadTimestamp.IsZero() && t.receipts[key] < 2:
			t.receipts[key] = 2
			events = append(events, ReadReceiptEvent{MessageID: id, Receipt: r})
		case r.ReadTimestamp.IsZero() && !r.DeliveredTimestamp.IsZero() && t.receipts[key] < 1:
			t.receipts[key] = 1
			events = append(events, DeliveredReceiptEvent{MessageID: id, Receipt: r})
		}
	}
	return events
}

// part adds a part of a streamed answer. A part out of turn is dropped: the
// finished message will have everything.
func (t *timeline) part(it Item) []Event {
	number := it.MessageMetadata.ChunkNumber
	p := t.partials[it.ID]
	switch {
	case p == nil && number == 1:
		p = &partially{item: it}
		t.partials[it.ID] = p
	case p != nil && number == p.next:
		p.item.Content += it.Content
		p.item.MessageMetadata = it.MessageMetadata
	default:
		return nil
	}
	p.next = number + 1
	return []Event{PartialMessageEvent{p.item}}
}

// merge returns what the transcript says happened during a gap together with
// what arrived live meanwhile, in the order of time. Items may occur in both;
// next tells them once.
func merge(gap, live []Item) []Item {
	all := slices.Concat(gap, live)
	slices.SortStableFunc(all, func(a, b Item) int { return a.AbsoluteTime.Compare(b.AbsoluteTime) })
	return all
}

// skip marks an item as told without telling it.
func (t *timeline) skip(it Item) {
	t.seen[it.ID] = len(t.seen)
	if it.stored() {
		t.last = it.ID
	}
}
