package connectapi

import (
	"context"
	"time"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// UpdateContactRoutingData answers POST
// /contacts/{InstanceId}/{ContactId}/routing-data. What is given takes effect at
// once; criteria without steps take the ones there are away.
func (a *API) UpdateContactRoutingData(ctx context.Context, in *connect.UpdateContactRoutingDataRequest) (*connect.UpdateContactRoutingDataResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	if in.QueuePriority == nil && in.QueueTimeAdjustmentSeconds == nil && in.RoutingCriteria == nil {
		return nil, fault.Newf(fault.Invalid, "one of QueuePriority, QueueTimeAdjustmentSeconds and RoutingCriteria must be given")
	}
	data := centre.RoutingData{Priority: in.QueuePriority}
	if s := in.QueueTimeAdjustmentSeconds; s != nil {
		data.Adjustment = new(time.Duration(*s) * time.Second)
	}
	if in.RoutingCriteria != nil {
		if data.Criteria, err = criteria(in.RoutingCriteria); err != nil {
			return nil, err
		}
	}
	return nil, a.centre.UpdateRoutingData(ctx, dir.Instance.ID, contactID(in.ContactId), data)
}

// criteria reads routing criteria.
func criteria(in *connect.RoutingCriteriaInput) (*contact.Criteria, error) {
	out := &contact.Criteria{}
	for _, s := range in.Steps {
		step := contact.Step{}
		if s.Expression != nil {
			e, err := expression(s.Expression)
			if err != nil {
				return nil, err
			}
			step.Expression = e
		}
		if s.Expiry != nil && s.Expiry.DurationInSeconds != nil {
			if *s.Expiry.DurationInSeconds < 1 {
				return nil, fault.Newf(fault.Invalid, "a step lasts from a second on")
			}
			step.Lasts = time.Duration(*s.Expiry.DurationInSeconds) * time.Second
		}
		out.Steps = append(out.Steps, step)
	}
	return out, nil
}

func expression(in *connect.Expression) (out contact.Expression, err error) {
	if in.AttributeCondition != nil {
		if out.Condition, err = condition(in.AttributeCondition); err != nil {
			return out, err
		}
	}
	if in.NotAttributeCondition != nil {
		if out.Not, err = condition(in.NotAttributeCondition); err != nil {
			return out, err
		}
	}
	if out.And, err = expressions(in.AndExpression); err != nil {
		return out, err
	}
	out.Or, err = expressions(in.OrExpression)
	return out, err
}

func expressions(in []connect.Expression) (out []contact.Expression, err error) {
	for i := range in {
		e, err := expression(&in[i])
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func condition(in *connect.AttributeCondition) (*contact.Condition, error) {
	asked := contact.Asked{Attribute: in.Name, Value: in.Value, Operator: in.ComparisonOperator, Level: in.ProficiencyLevel}
	if in.Range != nil {
		asked.Min, asked.Max = in.Range.MinProficiencyLevel, in.Range.MaxProficiencyLevel
	}
	if in.MatchCriteria != nil && in.MatchCriteria.AgentsCriteria != nil {
		for _, id := range in.MatchCriteria.AgentsCriteria.AgentIds {
			asked.Agents = append(asked.Agents, contact.UserID(directory.BareID(id)))
		}
	}
	return asked.Condition()
}

// wireCriteria writes routing criteria as they are now, or were when an agent
// joined.
func wireCriteria(c *contact.Criteria, joined, now time.Time) *connect.RoutingCriteria {
	if c == nil {
		return nil
	}
	out := &connect.RoutingCriteria{ActivationTimestamp: c.Activated}
	for i := range c.Steps {
		state, expires := c.State(i, joined, now)
		s := connect.Step{Expression: new(wireExpression(&c.Steps[i].Expression)), Status: string(state)}
		if lasts := c.Steps[i].Lasts; lasts > 0 {
			s.Expiry = &connect.Expiry{DurationInSeconds: new(int32(lasts / time.Second)), ExpiryTimestamp: expires}
		}
		out.Steps = append(out.Steps, s)
	}
	return out
}

func wireExpression(e *contact.Expression) connect.Expression {
	return connect.Expression{
		AttributeCondition:    wireCondition(e.Condition),
		NotAttributeCondition: wireCondition(e.Not),
		AndExpression:         wireExpressions(e.And),
		OrExpression:          wireExpressions(e.Or),
	}
}

func wireExpressions(in []contact.Expression) (out []connect.Expression) {
	for i := range in {
		out = append(out, wireExpression(&in[i]))
	}
	return out
}

func wireCondition(c *contact.Condition) *connect.AttributeCondition {
	switch {
	case c == nil:
		return nil
	case len(c.Agents) > 0:
		ids := make([]string, len(c.Agents))
		for i, user := range c.Agents {
			ids[i] = string(user)
		}
		return &connect.AttributeCondition{ComparisonOperator: "Match", MatchCriteria: &connect.MatchCriteria{AgentsCriteria: &connect.AgentsCriteria{AgentIds: ids}}}
	case c.Most > 0:
		return &connect.AttributeCondition{
			Name: c.Attribute, Value: c.Value, ComparisonOperator: "Range",
			Range: &connect.Range{MinProficiencyLevel: &c.Least, MaxProficiencyLevel: &c.Most},
		}
	}
	return &connect.AttributeCondition{Name: c.Attribute, Value: c.Value, ComparisonOperator: "NumberGreaterOrEqualTo", ProficiencyLevel: &c.Least}
}
