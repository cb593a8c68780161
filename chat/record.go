package chat

import "slices"

// Record is the transcript as far as a session has told it: what a user
// interface shows. Give it every event; it is the onTranscriptUpdated of
// ChatJS. The zero Record is empty and ready. It is not for use by several
// goroutines at once.
type Record struct {
	items []Item
	index map[string]int // by ID
}

// Items returns the items so far, a streamed answer being one that grows. The
// slice must not be changed and is valid until the next Apply.
func (r *Record) Items() []Item { return r.items }

// Apply adds what an event says and reports whether Items has changed.
func (r *Record) Apply(ev Event) bool {
	switch ev := ev.(type) {
	case MessageEvent:
		r.put(ev.Item)
	case PartialMessageEvent:
		r.put(ev.Item)
	case AttachmentEvent:
		r.put(ev.Item)
	case JoinedEvent:
		r.put(ev.Item)
	case LeftEvent:
		r.put(ev.Item)
	case InvitedEvent:
		r.put(ev.Item)
	case TransferEvent:
		r.put(ev.Item)
	case RehydratedEvent:
		r.put(ev.Item)
	case EndedEvent:
		r.put(ev.Item)
	case DeliveredReceiptEvent:
		return r.receive(ev.MessageID, ev.Receipt)
	case ReadReceiptEvent:
		return r.receive(ev.MessageID, ev.Receipt)
	default:
		return false
	}
	return true
}

func (r *Record) put(it Item) {
	if n, ok := r.index[it.ID]; ok && it.ID != "" {
		r.items[n] = it
		return
	}
	if r.index == nil {
		r.index = map[string]int{}
	}
	r.index[it.ID] = len(r.items)
	r.items = append(r.items, it)
}

// receive puts a receipt in its message, in place of an earlier one by the
// same recipient.
func (r *Record) receive(messageID string, receipt Receipt) bool {
	n, ok := r.index[messageID]
	if !ok {
		return false
	}
	it := &r.items[n]
	meta := MessageMetadata{MessageID: messageID}
	if it.MessageMetadata != nil {
		meta = *it.MessageMetadata
	}
	meta.Receipts = slices.Clone(meta.Receipts)
	i := slices.IndexFunc(meta.Receipts, func(old Receipt) bool {
		return old.RecipientParticipantID == receipt.RecipientParticipantID
	})
	if i < 0 {
		meta.Receipts = append(meta.Receipts, receipt)
	} else {
		if receipt.DeliveredTimestamp.IsZero() {
			receipt.DeliveredTimestamp = meta.Receipts[i].DeliveredTimestamp
		}
		meta.Receipts[i] = receipt
	}
	it.MessageMetadata = &meta
	return true
}
