package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Options say how strictly a flow is checked.
type Options struct {
	// Type is the type under which the flow is kept; empty takes the one that its
	// Metadata names, and without either nothing is said about types.
	Type Type
	// Strict refuses an action in a flow of a type that it is not meant for.
	// Designers want that; the API only warns.
	Strict bool
	// Lookup tells what the instance has; nil takes every name as good.
	Lookup Lookup
}

// ResourceKind is a kind of thing that flows refer to.
type ResourceKind string

// The kinds.
const (
	QueueResource  ResourceKind = "queue"
	AgentResource  ResourceKind = "agent"
	HoursResource  ResourceKind = "hours of operation"
	FlowResource   ResourceKind = "flow"
	ModuleResource ResourceKind = "flow module"
	LambdaResource ResourceKind = "Lambda function"
	BotResource    ResourceKind = "bot"
	ViewResource   ResourceKind = "view"
	PromptResource ResourceKind = "prompt"
)

// Lookup reports whether an instance has what an id or ARN refers to, and of
// what type it is if it is a flow.
type Lookup func(kind ResourceKind, ref string) (Type, bool)

// Check applies the rules by which a flow is refused when it is published, and
// looks for what is allowed but looks like a mistake.
func Check(f *Flow, o Options) (problems, warnings Problems) {
	c := &checker{flow: f, options: o, problems: slices.Clone(f.problems)}
	if c.options.Type == "" {
		c.options.Type = f.Type
	}
	c.envelope()
	for _, a := range f.Actions {
		if !a.unread {
			c.check(a)
		}
	}
	c.action = nil
	c.lint()
	return c.problems, c.warnings
}

// checker collects what is wrong with one flow.
type checker struct {
	flow     *Flow
	options  Options
	action   *Action // being checked
	problems Problems
	warnings Problems
}

func (c *checker) problem(path, message, detail string) Problem {
	p := Problem{Path: path, Message: message, Detail: detail}
	if c.action != nil {
		p.Action = c.action.ID
	}
	return p
}

// report notes a fault. Messages have the form in which the service has been
// seen to write them: the kind of fault, then the path.
func (c *checker) report(path, message, detail string) {
	c.problems = append(c.problems, c.problem(path, message, detail))
}

func (c *checker) warn(path, message string) {
	c.warnings = append(c.warnings, c.problem(path, message, ""))
}

func (c *checker) badValue(path, detail string) {
	c.report(path, "Invalid Action property value. Path: "+path, detail)
}

func (c *checker) missingProperty(path string) {
	c.report(path, "Action is missing required property. Path: "+path, "")
}

// envelope checks the flow as a whole. The words are ours.
func (c *checker) envelope() {
	f := c.flow
	if f.Version != Version && !f.Legacy {
		c.report("Version", "Invalid flow property value. Path: Version", "must be "+Version)
	}
	switch n := len(f.Actions); {
	case slices.ContainsFunc(f.problems, func(p Problem) bool { return p.Path == "Actions" }):
		return
	case n == 0:
		c.report("Actions", "Flow is missing required property. Path: Actions", "there must be an action")
	case n > MaxActions:
		c.report("Actions", "Invalid flow property value. Path: Actions", fmt.Sprintf("%d actions are more than %d", n, MaxActions))
	}
	switch {
	case f.Start == "":
		c.report("StartAction", "Flow is missing required property. Path: StartAction", "")
	case f.byID[f.Start] == nil:
		c.report("StartAction", "Invalid flow property value. Path: StartAction", fmt.Sprintf("there is no action %q", f.Start))
	}
}

func (c *checker) check(a *Action) {
	c.action = a
	c.identifier(a)
	if a.rule == nil {
		at := a.place + ".Type"
		if a.Type == "" {
			c.missingProperty(at)
		} else {
			c.report(at, "Invalid Action type. Type: "+a.Type+", Path: "+at, "")
		}
		c.targets(a)
		return
	}
	c.standing(a)
	c.parameters(a)
	if a.rule.ends {
		c.ending(a)
		return
	}
	if a.Next == "" && !a.rule.noNext {
		c.missingProperty(a.place + ".Transitions.NextAction")
	}
	c.targets(a)
	c.conditions(a)
	c.errors(a)
}

// forbiddenNames are names that JavaScript objects have already.
var forbiddenNames = []string{
	"__proto__", "constructor", "__defineGetter__", "__defineSetter__", "toString", "toLocaleString",
	"valueOf", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable",
}

func (c *checker) identifier(a *Action) {
	at := a.place + ".Identifier"
	switch n := utf8.RuneCountInString(a.ID); {
	case n == 0:
		c.missingProperty(at)
	case n > MaxIdentifier:
		c.badValue(at, fmt.Sprintf("%d characters are more than %d", n, MaxIdentifier))
	case strings.ContainsAny(a.ID, `%:(\/)=$,;[]{}`):
		c.badValue(at, `must not contain % : ( \ / ) = $ , ; [ ] { }`)
	case slices.Contains(forbiddenNames, a.ID):
		c.badValue(at, "is a reserved name")
	case c.flow.byID[a.ID] != a:
		c.badValue(at, "is used twice")
	}
}

// standing checks that the action may stand in a flow of this type.
func (c *checker) standing(a *Action) {
	t := c.options.Type
	if t == "" || a.rule.in.has(t) {
		return
	}
	detail := fmt.Sprintf("%s is not allowed in a flow of type %s", a.Type, t)
	if at := a.place + ".Type"; c.options.Strict {
		c.report(at, "Invalid Action type. Type: "+a.Type+", Path: "+at, detail)
	} else {
		c.warn(at, detail)
	}
}

func (c *checker) parameters(a *Action) {
	r, at := a.rule, a.place+".Parameters"
	c.fields(at, &a.parameters, r.parameters, r.open)
	for _, group := range r.oneOf {
		switch n := c.count(a, group); {
		case n > 1:
			c.report(at, "Only one of these properties may be defined. Properties: ["+strings.Join(group, ", ")+"], Path: "+at, "")
		case n == 0 && !overlaps(group, r.someOf):
			c.missingProperty(at + "." + group[0])
		}
	}
	if limit := a.parameter("InvocationTimeLimitSeconds"); a.Type == "InvokeLambdaFunction" && limit.scalar() &&
		a.Parameter("InvocationType") != "ASYNCHRONOUS" {
		if n, err := strconv.Atoi(limit.text); err == nil && n > maxSyncSeconds && n <= maxAsyncSeconds {
			c.badValue(at+".InvocationTimeLimitSeconds", fmt.Sprintf("a function that is waited for answers within %d seconds", maxSyncSeconds))
		}
	}
	if len(r.someOf) > 0 && c.count(a, r.someOf) == 0 {
		c.report(at, "At least one of ["+strings.Join(r.someOf, ", ")+"] must be set. Path: "+at, "")
	}
}

func overlaps(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// count counts the parameters of a group that the action has.
func (c *checker) count(a *Action, group []string) (n int) {
	for _, name := range group {
		if a.parameters.has(name) {
			n++
		}
	}
	return n
}

// names checks a reference to something of the instance.
func (c *checker) names(path string, v *tree, kind ResourceKind, t Type) {
	if !c.isText(path, v) || v.dynamic() || c.options.Lookup == nil {
		return
	}
	have, ok := c.options.Lookup(kind, v.text)
	switch {
	case !ok:
		c.badValue(path, fmt.Sprintf("there is no %s %s", kind, v.text))
	case t != "" && have != t:
		c.badValue(path, fmt.Sprintf("the flow must be of type %s, it is %s", t, have))
	}
}

// ending checks that an action that ends the flow leads nowhere.
func (c *checker) ending(a *Action) {
	at := a.place + ".Transitions"
	if a.Next != "" {
		c.report(at+".NextAction", "Action does not support transitions. Path: "+at+".NextAction", "")
	}
	if len(a.Conditions) > 0 {
		c.report(at+".Conditions", "Action does not support transitions. Path: "+at+".Conditions", "")
	}
	if len(a.Errors) > 0 {
		c.report(at+".Errors", "Action does not support transitions. Path: "+at+".Errors", "")
	}
}

// targets checks that every way out leads to an action.
func (c *checker) targets(a *Action) {
	at := a.place + ".Transitions"
	leads := func(path, next string) {
		if next == "" {
			c.missingProperty(path)
		} else if c.flow.byID[next] == nil {
			c.badValue(path, fmt.Sprintf("there is no action %q", next))
		}
	}
	if a.Next != "" {
		leads(at+".NextAction", a.Next)
	}
	for i := range a.Conditions {
		leads(fmt.Sprintf("%s.Conditions[%d].NextAction", at, i), a.Conditions[i].Next)
	}
	for i := range a.Errors {
		leads(fmt.Sprintf("%s.Errors[%d].NextAction", at, i), a.Errors[i].Next)
	}
}

func (c *checker) errors(a *Action) {
	r, at := a.rule, a.place+".Transitions.Errors"
	needed := r.need
	if a.parameters.has("ChatBehavior") {
		needed = append(slices.Clone(needed), InFlightRedactionConfigurationFailed)
	}
	for _, want := range needed {
		if !slices.ContainsFunc(a.Errors, func(e ErrorBranch) bool { return e.Type == want }) {
			c.report(a.place, "Action is missing required error. Error: "+want+", Path: "+a.place, "")
		}
	}
	if len(a.Errors) > MaxConditions {
		c.badValue(at, fmt.Sprintf("%d branches are more than %d", len(a.Errors), MaxConditions))
		return
	}
	for i, e := range a.Errors {
		path := fmt.Sprintf("%s[%d].ErrorType", at, i)
		switch {
		case e.Type == "":
			c.missingProperty(path)
		case slices.ContainsFunc(a.Errors[:i], func(o ErrorBranch) bool { return o.Type == e.Type }):
			c.badValue(path, e.Type+" has two branches")
		case !r.anyError && !slices.Contains(needed, e.Type) && !slices.Contains(r.may, e.Type):
			c.report(path, "Invalid Action error. Error: "+e.Type+", Path: "+a.place, "")
		}
	}
}

func (c *checker) conditions(a *Action) {
	r, at := &a.rule.results, a.place+".Transitions.Conditions"
	if r.none() {
		if len(a.Conditions) > 0 {
			c.report(at, "Action does not support conditions. Path: "+at, "")
		}
		return
	}
	n := 0
	for i := range a.Conditions {
		c.condition(fmt.Sprintf("%s[%d].Condition", at, i), &a.Conditions[i], &n)
	}
	if n > MaxConditions {
		c.badValue(at, fmt.Sprintf("%d conditions are more than %d", n, MaxConditions))
	}
	if r.check != nil {
		r.check(c, a)
		return
	}
	if r.any {
		return
	}
	c.onlyOperators(a, append([]string{Equals}, r.operators...)...)
	c.requireResults(a, r.need...)
	if len(r.operators) == 0 {
		c.onlyResults(a, append(slices.Clone(r.need), r.may...)...)
	}
}

// condition checks operator and operands, and counts.
func (c *checker) condition(at string, cond *Condition, n *int) {
	*n++
	switch {
	case cond.unread:
		return
	case cond.Operator == "":
		c.missingProperty(at + ".Operator")
		return
	case cond.joins():
		if len(cond.Within) == 0 || len(cond.Operands) > 0 {
			c.badValue(at+".Operands", cond.Operator+" joins conditions")
		}
		for i := range cond.Within {
			c.condition(fmt.Sprintf("%s.Operands[%d]", at, i), &cond.Within[i], n)
		}
		return
	case comparisons[cond.Operator] == nil:
		c.badValue(at+".Operator", fmt.Sprintf("there is no operator %q", cond.Operator))
		return
	case len(cond.Operands) != 1:
		c.badValue(at+".Operands", fmt.Sprintf("%s has one operand, not %d", cond.Operator, len(cond.Operands)))
		return
	}
	operand := &cond.operands[0]
	if operand.text == "" {
		c.badValue(at+".Operands[0]", "must not be empty")
		return
	}
	if _, ok := decimal(strings.TrimSpace(operand.text)); !ok && strings.HasPrefix(cond.Operator, "Number") && !operand.dynamic() {
		c.badValue(at+".Operands[0]", fmt.Sprintf("%q is no number", operand.text))
	}
}

// onlyOperators refuses other operators than these.
func (c *checker) onlyOperators(a *Action, allowed ...string) {
	for i := range a.Conditions {
		cond := &a.Conditions[i]
		if comparisons[cond.Operator] != nil && !slices.Contains(allowed, cond.Operator) || cond.joins() {
			at := fmt.Sprintf("%s.Transitions.Conditions[%d].Condition.Operator", a.place, i)
			c.badValue(at, fmt.Sprintf("%s does not go with %s", cond.Operator, a.Type))
		}
	}
}

// requireResults wants a condition Equals for each of the results.
func (c *checker) requireResults(a *Action, results ...string) {
	for _, want := range results {
		if !slices.ContainsFunc(a.Conditions, func(cond Condition) bool { return cond.is(want) }) {
			c.report(a.place, "Action is missing required condition. Condition: "+want+", Path: "+a.place, "")
		}
	}
}

// onlyResults refuses a condition for anything but the results.
func (c *checker) onlyResults(a *Action, results ...string) {
	for i := range a.Conditions {
		cond := &a.Conditions[i]
		if len(cond.Operands) == 1 && cond.Operator == Equals && cond.Operands[0] != "" && !slices.Contains(results, cond.Operands[0]) {
			at := fmt.Sprintf("%s.Transitions.Conditions[%d].Condition.Operands[0]", a.place, i)
			c.badValue(at, fmt.Sprintf("%q is no result of this action", cond.Operands[0]))
		}
	}
}

func (c *Condition) is(result string) bool {
	return c.Operator == Equals && len(c.Operands) == 1 && c.Operands[0] == result
}

// checkWaitConditions wants one condition for the time and one for each event.
func checkWaitConditions(c *checker, a *Action) {
	results := []string{waitCompleted}
	for i := range a.parameter("Events").items {
		results = append(results, a.parameter("Events").items[i].text)
	}
	c.onlyOperators(a, Equals)
	c.requireResults(a, results...)
	c.onlyResults(a, results...)
}

// checkPercentages wants rising limits: 30 %, 20 % and the rest are less than
// 31, less than 51, and no condition.
func checkPercentages(c *checker, a *Action) {
	c.onlyOperators(a, NumberLessThan)
	last := int64(1)
	for i := range a.Conditions {
		cond := &a.Conditions[i]
		if cond.Operator != NumberLessThan || len(cond.Operands) != 1 {
			continue
		}
		n, err := strconv.ParseInt(cond.Operands[0], 10, 64)
		if err != nil || n <= last || n > 101 {
			at := fmt.Sprintf("%s.Transitions.Conditions[%d].Condition.Operands[0]", a.place, i)
			c.badValue(at, "percentages are whole numbers, each limit above the one before and at most 101")
			return
		}
		last = n
	}
}

// checkMetricConditions lets agents be compared with "more than none" only.
func checkMetricConditions(c *checker, a *Action) {
	if !slices.Contains(metricsOfAgents, a.Parameter("MetricType")) {
		c.onlyOperators(a, Equals, NumberGreaterThan, NumberGreaterOrEqualTo, NumberLessThan, NumberLessOrEqualTo)
		return
	}
	c.onlyOperators(a, NumberGreaterThan)
	for i := range a.Conditions {
		if o := a.Conditions[i].Operands; len(o) == 1 && o[0] != "0" && o[0] != "" {
			at := fmt.Sprintf("%s.Transitions.Conditions[%d].Condition.Operands[0]", a.place, i)
			c.badValue(at, "agents can be compared with 0 only")
		}
	}
}
