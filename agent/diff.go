package agent

// diff returns what has happened between two snapshots, as the table of Event
// says. A zero old one is the desk before it was seen.
func diff(old, now *Snapshot) []Event {
	var events []Event
	if old.State.Name != now.State.Name {
		events = append(events, StateEvent{old.State, now.State})
	}
	switch was, is := old.NextState, now.NextState; {
	case is != nil && (was == nil || was.Name != is.Name):
		events = append(events, NextStateEvent{*is})
	case is == nil && was != nil:
		events = append(events, NextStateClearedEvent{*was})
	}
	for _, c := range old.Contacts {
		if _, still := now.same(&c); still {
			continue
		}
		if !c.State.Over() {
			events = append(events, EndedEvent{c})
		}
		events = append(events, DestroyedEvent{c})
	}
	for _, c := range now.Contacts {
		if _, known := old.same(&c); !known {
			events = append(append(events, AppearedEvent{c}), reached(&c, "")...)
		}
	}
	for _, c := range now.Contacts {
		if was, known := old.same(&c); known && was.State != c.State {
			events = append(events, reached(&c, was.State)...)
		}
	}
	return append(events, RefreshedEvent{*now})
}

// same finds a contact again. One that left the desk and was offered anew has
// another participant for the agent.
func (s *Snapshot) same(c *Contact) (Contact, bool) {
	found, ok := s.Contact(c.ID)
	return found, ok && found.Own().ID == c.Own().ID
}

// reached returns the events of a contact that has got into its state from
// another one, or from none.
func reached(c *Contact, from ContactState) []Event {
	switch {
	case c.State == Connecting:
		return []Event{ConnectingEvent{*c}}
	case c.State == Connected:
		return []Event{ConnectedEvent{*c}}
	case !c.State.Over() || from.Over(): // unknown; or its end has been told
		return nil
	case c.State == Missed, c.State == Failed && from != Connected:
		return []Event{MissedEvent{*c}, EndedEvent{*c}}
	case c.State == Rejected:
		return []Event{RejectedEvent{*c}, EndedEvent{*c}}
	}
	return []Event{EndedEvent{*c}}
}
