package contact

import (
	"encoding/json"
	"strings"
	"time"
)

// Leg is one contact of a chat as figures are made from it, of contacts that
// go on and of those that are over. Moments that have not come are zero.
type Leg struct {
	Instance InstanceID
	Chat     ID
	Method   string // how it was initiated
	// Contact, Name (of the customer) and CustomerID are what contacts are found
	// by. Figures need none of them: store.Store.Legs leaves them out.
	Contact    ID
	Name       string
	CustomerID string

	Initiated    time.Time
	Queue        QueueID
	Enqueued     time.Time
	Dequeued     time.Time
	Agent        UserID
	Answered     time.Time // an agent was connected
	AfterStarted time.Time // after-contact work
	AfterEnded   time.Time
	Disconnected time.Time
	Reason       Reason
	// Steps are the routing steps that are over, as JSON for StepEnds; empty where
	// there are none.
	Steps string
	// Next is how the contact was initiated to which this one was handed on;
	// empty where it was not.
	Next string
}

// Legs returns the contacts of a chat as figures are made from them.
func (c *Chat) Legs() []Leg {
	name := ""
	if p := c.Customer(); p != nil {
		name = asText(p.Name)
	}
	customer := asText(c.CustomerID)
	legs := make([]Leg, len(c.Contacts))
	for i := range c.Contacts {
		s := &c.Contacts[i]
		legs[i] = Leg{
			Instance: c.Instance, Chat: c.ID, Method: s.Method, Contact: s.ID, Name: name, CustomerID: customer,
			Initiated: s.Initiated, Queue: s.Queue, Enqueued: s.Enqueued, Dequeued: s.Dequeued,
			Agent: s.Agent, Answered: s.AgentConnected, AfterStarted: s.AfterWorkStarted, AfterEnded: s.AfterWorkEnded,
			Disconnected: s.Disconnected, Reason: s.Reason, Steps: stepsText(s.Steps), Next: c.handedTo(s),
		}
	}
	return legs
}

// asText is s as every database can hold it.
func asText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// handedTo returns the method of the contact that took over from s, or "". One to
// which an agent only asked a colleague took nothing over.
func (c *Chat) handedTo(s *Segment) string {
	if !s.Transferred.IsZero() {
		return FromTransfer
	}
	for i := range c.Contacts {
		if next := &c.Contacts[i]; next.Previous == s.ID && (next.Method == FromQueueFlow || next.Method == FromDisconnect) {
			return next.Method
		}
	}
	return ""
}

// stepsText writes steps as legs have them.
func stepsText(steps []StepEnd) string {
	if len(steps) == 0 {
		return ""
	}
	text, _ := json.Marshal(steps) // texts, numbers and moments always can be
	return string(text)
}

// StepEnds reads Steps.
func (l *Leg) StepEnds() (steps []StepEnd) {
	if l.Steps == "" || json.Unmarshal([]byte(l.Steps), &steps) != nil {
		return nil
	}
	return steps
}
