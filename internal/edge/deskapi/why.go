package deskapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
)

// explanation says why a contact waits.
type explanation struct {
	ContactID        contact.ID    `json:"contactId,omitempty"` // that waits
	InitialContactID contact.ID    `json:"initialContactId"`
	Phase            contact.Phase `json:"phase"`
	RingsAt          string        `json:"ringsAt,omitempty"` // user name
	Queue            *queueName    `json:"queue,omitempty"`
	Since            *float64      `json:"since,omitempty"`
	Priority         int64         `json:"priority,omitempty"`
	Adjustment       float64       `json:"adjustmentSeconds,omitempty"`
	Position         int           `json:"position,omitempty"`
	Step             int           `json:"step,omitempty"`
	Steps            int           `json:"steps,omitempty"`
	StepExpires      *float64      `json:"stepExpires,omitempty"`
	Agents           []obstacle    `json:"agents"`
}

type queueName struct {
	ARN  string `json:"queueARN"`
	Name string `json:"name,omitempty"`
}

// obstacle is why one agent does not get the contact.
type obstacle struct {
	Username string   `json:"username"`
	Reason   string   `json:"reason"`
	Detail   string   `json:"detail,omitempty"`
	Until    *float64 `json:"until,omitempty"`
}

// whyWaiting says why a contact waits.
func (a *API) whyWaiting(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		ContactID contact.ID `json:"contactId"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	e, err := a.Centre.Why(ctx, who.dir.Instance.ID, in.ContactID)
	if err != nil {
		return nil, err
	}
	out := explanation{
		ContactID: e.Contact, InitialContactID: e.Chat, Phase: e.Phase, RingsAt: e.RingsAt,
		Since: epoch(e.Since), Priority: e.Priority, Adjustment: e.Adjusted.Seconds(), Position: e.Position,
		Step: e.Step, Steps: e.Steps, StepExpires: epoch(e.Expires), Agents: []obstacle{},
	}
	if e.Queue != "" {
		out.Queue = &queueName{ARN: who.dir.Instance.ARN("queue", string(e.Queue)), Name: e.Name}
	}
	for _, o := range e.Agents {
		out.Agents = append(out.Agents, obstacle{Username: o.Username, Reason: string(o.Reason), Detail: o.Detail, Until: epoch(o.Until)})
	}
	return out, nil
}
