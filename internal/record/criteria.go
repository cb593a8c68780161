package record

import (
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

type routingCriteria struct {
	ActivationTimestamp *string
	Index               int // of the step that was active at the end
	Steps               []routingStep
}

type routingStep struct {
	Status     string
	Expression routingExpression
	Expiry     *stepExpiry
}

type stepExpiry struct {
	DurationInSeconds int64
	ExpiryTimestamp   *string
}

type routingExpression struct {
	AttributeCondition    *attributeCondition `json:",omitempty"`
	NotAttributeCondition *attributeCondition `json:",omitempty"`
	AndExpression         []routingExpression `json:",omitempty"`
	OrExpression          []routingExpression `json:",omitempty"`
}

type attributeCondition struct {
	Name               string         `json:",omitempty"`
	Value              string         `json:",omitempty"`
	ComparisonOperator string         `json:",omitempty"`
	ProficiencyLevel   *float64       `json:",omitempty"`
	Range              *levelRange    `json:",omitempty"`
	MatchCriteria      *matchCriteria `json:",omitempty"`
}

type levelRange struct{ MinProficiencyLevel, MaxProficiencyLevel float64 }

type matchCriteria struct{ AgentsCriteria agentsCriteria }

type agentsCriteria struct {
	AgentIDs []contact.UserID `json:"AgentIds"`
}

// criteriaOf returns the routing criteria that a contact waited with, as they
// stood when an agent joined or it ended; nil where it had none.
func criteriaOf(chat *contact.Chat, s *contact.Segment) *routingCriteria {
	c := chat.Details.Criteria
	if c == nil || c.Activated.IsZero() || c.Activated.Before(s.Enqueued) || s.Enqueued.IsZero() || !s.Disconnected.IsZero() && c.Activated.After(s.Disconnected) {
		return nil // they are of another contact of the chain
	}
	out := &routingCriteria{ActivationTimestamp: second(c.Activated)}
	for i := range c.Steps {
		state, expires := c.State(i, s.AgentConnected, s.Disconnected)
		step := routingStep{Status: string(state), Expression: expressionOf(&c.Steps[i].Expression)}
		if state == contact.StepActive || state == contact.StepJoined {
			out.Index = i
		}
		if lasts := c.Steps[i].Lasts; lasts > 0 {
			step.Expiry = &stepExpiry{int64(lasts / time.Second), second(expires)}
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

func expressionOf(e *contact.Expression) routingExpression {
	out := routingExpression{AttributeCondition: conditionOf(e.Condition), NotAttributeCondition: conditionOf(e.Not)}
	for i := range e.And {
		out.AndExpression = append(out.AndExpression, expressionOf(&e.And[i]))
	}
	for i := range e.Or {
		out.OrExpression = append(out.OrExpression, expressionOf(&e.Or[i]))
	}
	return out
}

func conditionOf(c *contact.Condition) *attributeCondition {
	switch {
	case c == nil:
		return nil
	case len(c.Agents) > 0:
		return &attributeCondition{ComparisonOperator: "Match", MatchCriteria: &matchCriteria{agentsCriteria{c.Agents}}}
	case c.Most > 0:
		return &attributeCondition{
			Name: c.Attribute, Value: c.Value, ComparisonOperator: "Range", Range: &levelRange{c.Least, c.Most},
		}
	}
	return &attributeCondition{Name: c.Attribute, Value: c.Value, ComparisonOperator: "NumberGreaterOrEqualTo", ProficiencyLevel: &c.Least}
}
