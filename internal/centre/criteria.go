package centre

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// setCriteria limits the agents whom the contact may go to. Criteria that cannot
// be read change nothing.
func (r *run) setCriteria(raw json.RawMessage) bool {
	c, err := readCriteria(raw)
	if err != nil {
		return false
	}
	r.d.SetCriteria(c)
	return true
}

// routeToAgent keeps the waiting contact for one agent, for as long as an offer
// rings; who cannot be offered it now is not waited for.
func (r *run) routeToAgent(name string) (failed bool, err error) {
	u := r.dir.FindUser(name)
	if u == nil || !r.d.Chat().Waiting() || !r.dir.Serves(u, r.d.Chat().Queueing().Queue) {
		return true, nil
	}
	a, err := r.centre.Agent(r.ctx, r.dir.Instance.ID, u.ID)
	if err != nil {
		return false, err
	}
	if !free(r.dir, a) || hasChat(a, r.d.Chat().ID) {
		return true, nil
	}
	return false, r.d.Prefer(u.ID, r.centre.Ring)
}

// hasChat reports whether a contact of the chat is on the agent's desk.
func hasChat(a *contact.Agent, chat contact.ID) bool {
	return slices.ContainsFunc(a.Work, func(w contact.Work) bool { return w.Chat == chat })
}

// RoutingData is what can be changed of how a contact is routed. What is nil
// stays as it is.
type RoutingData struct {
	Priority   *int64
	Adjustment *time.Duration
	Criteria   *contact.Criteria // without steps: none any more
}

// UpdateRoutingData changes how a contact is routed, at once where it waits.
func (c *Centre) UpdateRoutingData(ctx context.Context, instance contact.InstanceID, id contact.ID, data RoutingData) error {
	if data.Criteria != nil && len(data.Criteria.Steps) > 0 {
		if err := data.Criteria.Check(); err != nil {
			return err
		}
	}
	if _, err := c.contactOf(ctx, instance, id); err != nil {
		return err
	}
	_, err := c.change(ctx, id, 0, func(d *contact.Draft) error {
		if d.Chat().Over() {
			return fault.Newf(fault.Conflict, "contact %s has ended", id)
		}
		d.SetDetails(func(x *contact.Details) {
			if data.Priority != nil {
				x.Priority = *data.Priority
			}
			if data.Adjustment != nil {
				x.Adjustment = *data.Adjustment
			}
		})
		switch {
		case data.Criteria == nil:
		case len(data.Criteria.Steps) == 0:
			d.SetCriteria(nil)
		default:
			d.SetCriteria(data.Criteria)
		}
		return nil
	})
	return err
}

// readCriteria reads routing criteria as flows write them. Their numbers may be
// texts.
func readCriteria(raw []byte) (*contact.Criteria, error) {
	var in struct {
		Steps []struct {
			Expression flowExpression
			Expiry     *struct{ DurationInSeconds *flowNumber }
		}
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, fault.Newf(fault.Invalid, "routing criteria cannot be read: %v", err)
	}
	c := &contact.Criteria{}
	for _, s := range in.Steps {
		e, err := s.Expression.expression()
		if err != nil {
			return nil, err
		}
		step := contact.Step{Expression: e}
		if s.Expiry != nil && s.Expiry.DurationInSeconds != nil {
			seconds := float64(*s.Expiry.DurationInSeconds)
			if seconds < 1 || seconds > maxStepSeconds {
				return nil, fault.Newf(fault.Invalid, "a step lasts from a second on")
			}
			step.Lasts = time.Duration(seconds * float64(time.Second))
		}
		c.Steps = append(c.Steps, step)
	}
	return c, c.Check()
}

// maxStepSeconds is what a whole number of the service can say, in seconds.
const maxStepSeconds = 1<<31 - 1

type flowExpression struct {
	AttributeCondition    *flowCondition
	NotAttributeCondition *flowCondition
	AndExpression         []flowExpression
	OrExpression          []flowExpression
}

type flowCondition struct {
	Name, Value        string
	ComparisonOperator string
	ProficiencyLevel   *flowNumber
	Range              *struct{ MinProficiencyLevel, MaxProficiencyLevel *flowNumber }
	MatchCriteria      *struct {
		AgentsCriteria *struct{ AgentIds []string }
	}
}

func (e *flowExpression) expression() (out contact.Expression, err error) {
	if e.AttributeCondition != nil {
		if out.Condition, err = e.AttributeCondition.condition(); err != nil {
			return out, err
		}
	}
	if e.NotAttributeCondition != nil {
		if out.Not, err = e.NotAttributeCondition.condition(); err != nil {
			return out, err
		}
	}
	if out.And, err = flowExpressions(e.AndExpression); err != nil {
		return out, err
	}
	out.Or, err = flowExpressions(e.OrExpression)
	return out, err
}

func flowExpressions(in []flowExpression) (out []contact.Expression, err error) {
	for i := range in {
		e, err := in[i].expression()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (c *flowCondition) condition() (*contact.Condition, error) {
	asked := contact.Asked{Attribute: c.Name, Value: c.Value, Operator: c.ComparisonOperator, Level: (*float64)(c.ProficiencyLevel)}
	if c.Range != nil {
		asked.Min, asked.Max = (*float64)(c.Range.MinProficiencyLevel), (*float64)(c.Range.MaxProficiencyLevel)
	}
	if c.MatchCriteria != nil && c.MatchCriteria.AgentsCriteria != nil {
		for _, id := range c.MatchCriteria.AgentsCriteria.AgentIds {
			asked.Agents = append(asked.Agents, contact.UserID(directory.BareID(id)))
		}
	}
	return asked.Condition()
}

// flowNumber is a number, or a text that is one.
type flowNumber float64

// UnmarshalJSON implements json.Unmarshaler.
func (n *flowNumber) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(string(bytes.Trim(b, `"`)), 64)
	*n = flowNumber(v)
	return err
}
