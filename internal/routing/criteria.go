package routing

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
)

// meets reports whether the agent is what an expression asks for. One that says
// nothing is met by everybody.
func (a *Agent) meets(e *contact.Expression) bool {
	switch {
	case e.Condition != nil:
		return a.fulfils(e.Condition)
	case e.Not != nil:
		return !a.fulfils(e.Not)
	case len(e.And) > 0:
		return !slices.ContainsFunc(e.And, func(part contact.Expression) bool { return !a.meets(&part) })
	case len(e.Or) > 0:
		return slices.ContainsFunc(e.Or, func(part contact.Expression) bool { return a.meets(&part) })
	}
	return true
}

// fulfils reports whether the agent is one of those named, or has the
// proficiency.
func (a *Agent) fulfils(c *contact.Condition) bool {
	if len(c.Agents) > 0 {
		return slices.Contains(c.Agents, a.User)
	}
	return slices.ContainsFunc(a.Proficiencies, func(p Proficiency) bool {
		return p.Attribute == c.Attribute && p.Value == c.Value && p.Level >= c.Least && (c.Most == 0 || p.Level <= c.Most)
	})
}

// everybody is the handle by which everybody is found.
const everybody = ""

// handle is the word under which those are found who have a proficiency, of
// whatever level.
func handle(attribute, value string) string { return "+" + attribute + "\x00" + value }

// named is the word under which one agent is found.
func named(user contact.UserID) string { return "@" + string(user) }

// handles returns the words under which an agent is found. Whoever meets an
// expression has one of the words that it is looked for by (seeks).
func (a *Agent) handles() []string {
	words := []string{everybody, named(a.User)}
	for _, p := range a.Proficiencies {
		if w := handle(p.Attribute, p.Value); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

// seeks returns the words by which those are found who may meet an expression.
func seeks(e *contact.Expression) []string {
	var best []string
	switch {
	case e == nil:
	case e.Condition != nil && len(e.Condition.Agents) > 0:
		for _, user := range e.Condition.Agents {
			best = append(best, named(user))
		}
	case e.Condition != nil:
		best = []string{handle(e.Condition.Attribute, e.Condition.Value)}
	case len(e.And) > 0: // whoever meets all parts meets each
		for i := range e.And {
			if words := seeks(&e.And[i]); best == nil || rarer(words, best) {
				best = words
			}
		}
	case len(e.Or) > 0:
		for i := range e.Or {
			best = append(best, seeks(&e.Or[i])...)
		}
	}
	if len(best) == 0 || slices.Contains(best, everybody) {
		return []string{everybody}
	}
	slices.Sort(best)
	return slices.Compact(best)
}

// rarer reports whether fewer agents are likely to be found by the words.
func rarer(words, than []string) bool {
	if slices.Contains(words, everybody) || slices.Contains(than, everybody) {
		return !slices.Contains(words, everybody)
	}
	return len(words) < len(than)
}

// spell writes an expression as a text that no other one has.
func spell(b *strings.Builder, e *contact.Expression) {
	switch {
	case e == nil:
	case e.Condition != nil:
		spellCondition(b, e.Condition)
	case e.Not != nil:
		b.WriteByte('!')
		spellCondition(b, e.Not)
	case len(e.And) > 0:
		spellAll(b, '&', e.And)
	case len(e.Or) > 0:
		spellAll(b, '|', e.Or)
	}
}

func spellAll(b *strings.Builder, sign byte, parts []contact.Expression) {
	b.WriteByte(sign)
	b.WriteByte('(')
	for i := range parts {
		spell(b, &parts[i])
		b.WriteByte(',')
	}
	b.WriteByte(')')
}

func spellCondition(b *strings.Builder, c *contact.Condition) {
	for _, user := range c.Agents {
		b.WriteByte('@')
		b.WriteString(strconv.Quote(string(user)))
	}
	if len(c.Agents) > 0 {
		return
	}
	b.WriteString(strconv.Quote(c.Attribute))
	b.WriteString(strconv.Quote(c.Value))
	b.WriteString(strconv.FormatFloat(c.Least, 'g', -1, 64))
	b.WriteByte('-')
	b.WriteString(strconv.FormatFloat(c.Most, 'g', -1, 64))
}
