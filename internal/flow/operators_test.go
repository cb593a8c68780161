package flow

import "testing"

func TestNumbersAreComparedAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		result, operator, operand string
		want                      bool
	}{
		{"9223372036854775807", NumberGreaterThan, "9223372036854775806", true},
		{" 7 ", NumberLessOrEqualTo, "7.0", true},
		{"1e3", NumberGreaterThan, "999", true},
		{"0x10", NumberGreaterThan, "1", false},
		{"Inf", NumberGreaterThan, "1", false},
		{"NaN", NumberLessThan, "1", false},
		{"", NumberLessThan, "1", false},
		{"7", Equals, "7.0", false}, // Equals compares texts
		{"7", "NumberEquals", "7", false},
		{" ", Equals, " ", true},
	} {
		cond := Condition{Operator: c.operator, operands: []tree{textOf(c.operand)}}
		if got := cond.meets(c.result, (*tree).String); got != c.want {
			t.Errorf("%q %s %q is %v, want %v", c.result, c.operator, c.operand, got, c.want)
		}
	}
}
