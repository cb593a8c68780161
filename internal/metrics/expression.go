package metrics

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
)

// Expression writes the expression of a routing step as figures are grouped by
// it: "Language:French >= 3 AND (Product:Phones >= 1 OR NOT Region:North >= 1)".
func Expression(e *contact.Expression) string { return expression(e, false) }

func expression(e *contact.Expression, inner bool) string {
	parts, word := e.And, " AND "
	switch {
	case e.Condition != nil:
		return condition(e.Condition)
	case e.Not != nil:
		return "NOT " + condition(e.Not)
	case len(e.Or) > 0:
		parts, word = e.Or, " OR "
	}
	texts := make([]string, len(parts))
	for i := range parts {
		texts[i] = expression(&parts[i], len(parts) > 1)
	}
	text := strings.Join(texts, word)
	if inner && len(parts) > 1 {
		return "(" + text + ")"
	}
	return text
}

func condition(c *contact.Condition) string {
	if len(c.Agents) > 0 {
		ids := make([]string, len(c.Agents))
		for i, id := range c.Agents {
			ids[i] = string(id)
		}
		return "Agent IN [" + strings.Join(ids, ", ") + "]"
	}
	level := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	text := fmt.Sprintf("%s:%s >= %s", c.Attribute, c.Value, level(c.Least))
	if c.Most > 0 {
		text += " <= " + level(c.Most)
	}
	return text
}
