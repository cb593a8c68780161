package connectapi

import (
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// matcher says whether a flow is among what is searched for. Criteria that are
// not given match everything.
type matcher func(*directory.Flow) bool

func everything(*directory.Flow) bool { return true }

// all matches what all of the given match.
func all(these ...matcher) matcher {
	return func(f *directory.Flow) bool {
		return !slices.ContainsFunc(these, func(m matcher) bool { return !m(f) })
	}
}

// some matches what one of the given matches; of none that is everything.
func some(these []matcher) matcher {
	if len(these) == 0 {
		return everything
	}
	return func(f *directory.Flow) bool {
		return slices.ContainsFunc(these, func(m matcher) bool { return m(f) })
	}
}

// each makes a matcher of every condition.
func each[C any](conditions []C, translate func(*C) (matcher, error)) ([]matcher, error) {
	out := make([]matcher, len(conditions))
	for i := range conditions {
		var err error
		if out[i], err = translate(&conditions[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// flowCriteria translates criteria; all that is given in one of them must hold.
func flowCriteria(c *connect.ContactFlowSearchCriteria) (matcher, error) {
	if c == nil {
		return everything, nil
	}
	and, err := each(c.AndConditions, flowCriteria)
	if err != nil {
		return nil, err
	}
	or, err := each(c.OrConditions, flowCriteria)
	if err != nil {
		return nil, err
	}
	text, err := textCondition(c.StringCondition)
	if err != nil {
		return nil, err
	}
	return all(all(and...), some(or), text, func(f *directory.Flow) bool {
		return (c.TypeCondition == "" || c.TypeCondition == f.Type) &&
			(c.StateCondition == "" || c.StateCondition == flowState(f)) &&
			(c.StatusCondition == "" || c.StatusCondition == flowStatus(f))
	}), nil
}

// moduleCriteria is flowCriteria for modules, which have no types.
func moduleCriteria(c *connect.ContactFlowModuleSearchCriteria) (matcher, error) {
	if c == nil {
		return everything, nil
	}
	and, err := each(c.AndConditions, moduleCriteria)
	if err != nil {
		return nil, err
	}
	or, err := each(c.OrConditions, moduleCriteria)
	if err != nil {
		return nil, err
	}
	rest, err := flowCriteria(&connect.ContactFlowSearchCriteria{
		StringCondition: c.StringCondition, StateCondition: c.StateCondition, StatusCondition: c.StatusCondition,
	})
	if err != nil {
		return nil, err
	}
	return all(all(and...), some(or), rest), nil
}

// textCondition compares without regard to case.
func textCondition(c *connect.StringCondition) (matcher, error) {
	if c == nil {
		return everything, nil
	}
	var field func(*directory.Flow) string
	switch strings.ToLower(c.FieldName) {
	case "name":
		field = func(f *directory.Flow) string { return f.Name }
	case "description":
		field = func(f *directory.Flow) string { return f.Description }
	case "resourceid":
		field = func(f *directory.Flow) string { return string(f.ID) }
	default:
		return nil, fault.Newf(fault.Invalid, "StringCondition.FieldName: must be name, description or resourceID")
	}
	compare := strings.Contains
	switch c.ComparisonType {
	case "STARTS_WITH":
		compare = strings.HasPrefix
	case "EXACT":
		compare = func(s, want string) bool { return s == want }
	}
	want := strings.ToLower(c.Value)
	return func(f *directory.Flow) bool { return compare(strings.ToLower(field(f)), want) }, nil
}

// flowFilter translates the filter of a search for flows.
func flowFilter(c *connect.ContactFlowSearchFilter) matcher {
	if c == nil {
		return everything
	}
	m := tagFilter(c.TagFilter)
	if at := c.FlowAttributeFilter; at != nil {
		var or []matcher
		for i := range at.OrConditions {
			or = append(or, attributes(&at.OrConditions[i]))
		}
		m = all(m, tagged(at.TagCondition), typed(at.ContactFlowTypeCondition), attributes(at.AndCondition), some(or))
	}
	return m
}

func attributes(c *connect.ContactFlowAttributeAndCondition) matcher {
	if c == nil {
		return everything
	}
	return all(typed(c.ContactFlowTypeCondition), allTagged(c.TagConditions))
}

func typed(c *connect.ContactFlowTypeCondition) matcher {
	if c == nil {
		return everything
	}
	return func(f *directory.Flow) bool { return f.Type == c.ContactFlowType }
}

func tagFilter(c *connect.ControlPlaneTagFilter) matcher {
	if c == nil {
		return everything
	}
	var or []matcher
	for _, and := range c.OrConditions {
		or = append(or, allTagged(and))
	}
	return all(tagged(c.TagCondition), allTagged(c.AndConditions), some(or))
}

func allTagged(conditions []connect.TagCondition) matcher {
	var and []matcher
	for i := range conditions {
		and = append(and, tagged(&conditions[i]))
	}
	return all(and...)
}

// tagged matches a tag; without a value, any value of the key.
func tagged(c *connect.TagCondition) matcher {
	if c == nil {
		return everything
	}
	return func(f *directory.Flow) bool {
		v, ok := f.Tags[c.TagKey]
		return ok && (c.TagValue == "" || c.TagValue == v)
	}
}
