package flow

import (
	"cmp"
	"strconv"
	"strings"
)

// Limits of conditions.
const (
	MaxConditionDepth = 5
	MaxConditions     = 50
)

// The operators of conditions. And and Or join conditions; the others have one
// operand. There is no not-equal.
const (
	Equals                 = "Equals"
	TextStartsWith         = "TextStartsWith"
	TextEndsWith           = "TextEndsWith"
	TextContains           = "TextContains"
	NumberGreaterThan      = "NumberGreaterThan"
	NumberGreaterOrEqualTo = "NumberGreaterOrEqualTo"
	NumberLessThan         = "NumberLessThan"
	NumberLessOrEqualTo    = "NumberLessOrEqualTo"
	And                    = "And"
	Or                     = "Or"
)

// comparisons decide whether a result meets an operand. Text is compared as it
// is written, case and all; what is not a number meets no number operator.
var comparisons = map[string]func(result, operand string) bool{
	Equals:                 func(a, b string) bool { return a == b },
	TextStartsWith:         strings.HasPrefix,
	TextEndsWith:           strings.HasSuffix,
	TextContains:           strings.Contains,
	NumberGreaterThan:      numbers(func(c int) bool { return c > 0 }),
	NumberGreaterOrEqualTo: numbers(func(c int) bool { return c >= 0 }),
	NumberLessThan:         numbers(func(c int) bool { return c < 0 }),
	NumberLessOrEqualTo:    numbers(func(c int) bool { return c <= 0 }),
}

// joins reports whether the condition is made of others.
func (c *Condition) joins() bool { return c.Operator == And || c.Operator == Or }

// meets reports whether a result meets the condition; expand replaces the
// paths of an operand.
func (c *Condition) meets(result string, expand func(*tree) string) bool {
	switch c.Operator {
	case And:
		for i := range c.Within {
			if !c.Within[i].meets(result, expand) {
				return false
			}
		}
		return len(c.Within) > 0
	case Or:
		for i := range c.Within {
			if c.Within[i].meets(result, expand) {
				return true
			}
		}
		return false
	}
	compare := comparisons[c.Operator]
	return compare != nil && len(c.operands) == 1 && compare(result, expand(&c.operands[0]))
}

// numbers makes a comparison of numbers: whole ones exactly, others as the
// nearest float.
func numbers(holds func(int) bool) func(a, b string) bool {
	return func(a, b string) bool {
		a, b = strings.TrimSpace(a), strings.TrimSpace(b)
		i, errA := strconv.ParseInt(a, 10, 64)
		j, errB := strconv.ParseInt(b, 10, 64)
		if errA == nil && errB == nil {
			return holds(cmp.Compare(i, j))
		}
		x, okA := decimal(a)
		y, okB := decimal(b)
		return okA && okB && holds(cmp.Compare(x, y))
	}
}

// decimal reads a number as people write it: no hexadecimal, no infinity.
func decimal(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "+-.0123456789eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// String writes a condition for people: Equals "CHAT".
func (c *Condition) String() string {
	if !c.joins() {
		return c.Operator + " " + strconv.Quote(strings.Join(c.Operands, ", "))
	}
	parts := make([]string, len(c.Within))
	for i := range c.Within {
		parts[i] = c.Within[i].String()
	}
	return c.Operator + "(" + strings.Join(parts, "; ") + ")"
}
