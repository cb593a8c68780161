package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/contact"
)

// parameter is one that an action may carry.
type parameter struct {
	name   string
	needed bool
	check  form
}

// form checks the form of a parameter's value.
type form func(c *checker, path string, v *tree)

func need(name string, check form) parameter { return parameter{name, true, check} }
func opt(name string, check form) parameter  { return parameter{name, false, check} }

// anything is not looked into.
func anything(*checker, string, *tree) {}

// anyText is a text that says something, or a path.
func anyText(c *checker, path string, v *tree) { c.isText(path, v) }

func (c *checker) isText(path string, v *tree) bool {
	switch {
	case !v.scalar():
		c.badValue(path, "must be a text")
	case v.text == "":
		c.badValue(path, "must not be empty")
	default:
		return true
	}
	return false
}

// onePath is exactly one path.
func onePath(c *checker, path string, v *tree) {
	if c.isText(path, v) && !v.isPath() {
		c.badValue(path, "must be exactly one path, such as $.Attributes.name")
	}
}

// static refuses paths.
func static(check form) form {
	return func(c *checker, path string, v *tree) {
		if v.dynamic() {
			c.badValue(path, "cannot be set by a path")
			return
		}
		check(c, path, v)
	}
}

// oneOf is one of the given words, or a path.
func oneOf(words ...string) form {
	return func(c *checker, path string, v *tree) {
		if !c.isText(path, v) || v.dynamic() || slices.Contains(words, v.text) {
			return
		}
		c.badValue(path, fmt.Sprintf("%q is none of %s", v.text, strings.Join(words, ", ")))
	}
}

// wholeNumber is a number within limits, or a path.
func wholeNumber(least, most int64) form {
	return func(c *checker, path string, v *tree) {
		if !c.isText(path, v) || v.dynamic() {
			return
		}
		if n, err := strconv.ParseInt(v.text, 10, 64); err != nil || n < least || n > most {
			c.badValue(path, fmt.Sprintf("%q is no whole number from %d to %d", v.text, least, most))
		}
	}
}

// resource names something of the instance.
func resource(kind ResourceKind) form {
	return func(c *checker, path string, v *tree) { c.names(path, v, kind, "") }
}

// flowOf names a flow of the given type.
func flowOf(t Type) form {
	return func(c *checker, path string, v *tree) { c.names(path, v, FlowResource, t) }
}

// mapOf is an object with any names.
func mapOf(check form) form {
	return func(c *checker, path string, v *tree) {
		if v.kind != object {
			c.badValue(path, "must be an object")
			return
		}
		for i := range v.members {
			m := &v.members[i]
			if m.name == "" {
				c.badValue(path, "a name must not be empty")
			}
			check(c, path+"."+m.name, &m.value)
		}
	}
}

// listOf is a list.
func listOf(check form) form {
	return func(c *checker, path string, v *tree) {
		if v.kind != list {
			c.badValue(path, "must be a list")
			return
		}
		for i := range v.items {
			check(c, fmt.Sprintf("%s[%d]", path, i), &v.items[i])
		}
	}
}

func (t *tree) length() int { return len(t.items) + len(t.members) }

func exactly(n int, check form) form {
	return func(c *checker, path string, v *tree) {
		if v.kind == object && v.length() != n {
			c.badValue(path, fmt.Sprintf("must have exactly %d of its properties", n))
		}
		check(c, path, v)
	}
}

func notEmpty(check form) form {
	return func(c *checker, path string, v *tree) {
		if (v.kind == object || v.kind == list) && v.length() == 0 {
			c.badValue(path, "must not be empty")
		}
		check(c, path, v)
	}
}

// attributeKeys refuses keys of contact attributes that no path could name.
func attributeKeys(check form) form {
	return func(c *checker, path string, v *tree) {
		for i := range v.members {
			if name := v.members[i].name; strings.ContainsAny(name, "$.") || utf8.RuneCountInString(name) > contact.MaxAttributeKey {
				c.badValue(path+"."+name, fmt.Sprintf("a key has at most %d characters, and neither $ nor a full stop", contact.MaxAttributeKey))
			}
		}
		check(c, path, v)
	}
}

// atMost limits tags.
func atMost(n int, check form) form {
	return func(c *checker, path string, v *tree) {
		if v.length() > n {
			c.report(path, fmt.Sprintf("More than %d tags are not allowed. Path: %s", n, path), fmt.Sprintf("there are %d", v.length()))
		}
		check(c, path, v)
	}
}

// fields is an object with these members and no others.
func fields(known ...parameter) form {
	return func(c *checker, path string, v *tree) { c.fields(path, v, known, false) }
}

// openFields is an object with these members, and maybe others.
func openFields(known ...parameter) form {
	return func(c *checker, path string, v *tree) { c.fields(path, v, known, true) }
}

func (c *checker) fields(path string, v *tree, known []parameter, open bool) {
	if v.kind != object {
		c.badValue(path, "must be an object")
		return
	}
	for i := range v.members {
		m := &v.members[i]
		p := find(known, m.name)
		switch {
		case p != nil:
			p.check(c, path+"."+m.name, &m.value)
		case !open:
			c.report(path+"."+m.name, "Invalid Action property name. Path: "+path+"."+m.name, "")
		}
	}
	for _, p := range known {
		if p.needed && v.get(p.name).kind == nothing && !v.has(p.name) {
			c.missingProperty(path + "." + p.name)
		}
	}
}

func find(known []parameter, name string) *parameter {
	for i := range known {
		if known[i].name == name {
			return &known[i]
		}
	}
	return nil
}

// has reports whether an object has the member, be it null.
func (t *tree) has(name string) bool {
	for i := range t.members {
		if t.members[i].name == name {
			return true
		}
	}
	return false
}

// Limits of routing criteria.
const (
	maxCriteriaAttributes = 8
	maxCriteriaBranches   = 3
	maxPreferredAgents    = 10
)

// routingCriteria is a list of steps, each with an expression and a static
// expiry; or a path to an answer that holds such.
func routingCriteria(c *checker, path string, v *tree) {
	if v.isPath() {
		return
	}
	c.fields(path, v, []parameter{need("Steps", notEmpty(listOf(openFields(
		need("Expression", expression(0)),
		opt("Expiry", openFields(opt("DurationInSeconds", static(wholeNumber(1, 1<<31))))),
	))))}, true)
}

// expression checks the limits that routing criteria have: AND within OR, but
// no OR within anything.
func expression(depth int) form {
	return func(c *checker, path string, v *tree) {
		if v.kind != object {
			c.badValue(path, "must be an object")
			return
		}
		if len(v.members) != 1 {
			c.badValue(path, "must have exactly one kind of expression")
		}
		for i := range v.members {
			m := &v.members[i]
			at := path + "." + m.name
			switch m.name {
			case "AttributeCondition", "NotAttributeCondition":
				c.fields(at, &m.value, []parameter{
					opt("Name", anyText), opt("Value", anyText), opt("ProficiencyLevel", wholeNumber(1, 5)),
					opt("ComparisonOperator", oneOf("NumberGreaterOrEqualTo", "Match", "Range")),
					opt("MatchCriteria", openFields(opt("AgentsCriteria", openFields(opt("AgentIds", upTo(maxPreferredAgents, "preferred agents")))))),
				}, true)
			case "AndExpression":
				upTo(maxCriteriaAttributes, "attributes")(c, at, &m.value)
				listOf(expression(depth+1))(c, at, &m.value)
			case "OrExpression":
				if depth > 0 {
					c.badValue(at, "OR is allowed at the top only")
					continue
				}
				upTo(maxCriteriaBranches, "branches")(c, at, &m.value)
				listOf(expression(depth+1))(c, at, &m.value)
			default:
				c.report(at, "Invalid Action property name. Path: "+at, "")
			}
		}
	}
}

func upTo(n int, what string) form {
	return func(c *checker, path string, v *tree) {
		if v.kind != list && !v.isPath() {
			c.badValue(path, "must be a list")
		}
		if len(v.items) > n {
			c.badValue(path, fmt.Sprintf("%d %s are more than %d", len(v.items), what, n))
		}
	}
}
