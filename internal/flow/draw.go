package flow

import (
	"fmt"
	"slices"
	"strings"
)

// Drawing is a picture of a flow to be made. With a Coverage it shows what runs
// of the flow took; ID is the flow's name in it.
type Drawing struct {
	Flow     *Flow
	Coverage *Coverage
	ID       string
}

// edge leads from one action to another, by the branches of its label.
type edge struct {
	from, to int // indexes of actions
	label    []string
	taken    bool
}

// plain reports whether the way needs no label.
func (e *edge) plain() bool { return len(e.label) == 1 && e.label[0] == nextBranch }

// edges returns the ways between the actions; branches with one target are one.
func (d Drawing) edges() []edge {
	index := map[string]int{}
	for i, a := range d.Flow.Actions {
		if _, twice := index[a.ID]; !twice {
			index[a.ID] = i
		}
	}
	var all []edge
	for i, a := range d.Flow.Actions {
		first := len(all)
		add := func(label, name, next string) {
			to, ok := index[next]
			if !ok {
				return
			}
			k := slices.IndexFunc(all[first:], func(e edge) bool { return e.to == to })
			if k < 0 {
				all = append(all, edge{from: i, to: to})
				k = len(all) - 1 - first
			}
			e := &all[first+k]
			e.label = append(e.label, label)
			e.taken = e.taken || d.Coverage.Branch(d.ID, a.ID, name) > 0
		}
		for j := range a.Conditions {
			c := &a.Conditions[j]
			label := c.String()
			if c.Operator == Equals && len(c.Operands) == 1 {
				label = c.Operands[0]
			}
			add(label, c.String(), c.Next)
		}
		if slices.Contains(a.Branches(), nextBranch) {
			add(nextBranch, nextBranch, a.Next)
		}
		for _, e := range a.Errors {
			label := strings.TrimSuffix(e.Type, "Error")
			switch e.Type {
			case NoMatchingError:
				label = "error"
			case NoMatchingCondition:
				label = "no match"
			}
			add(label, errorBranch(e.Type), e.Next)
		}
	}
	return all
}

// caption is what an action's box says below its name.
func caption(a *Action) string {
	for _, names := range [][]string{
		{"Text"},
		{"ComparisonValue"},
		{"LoopCount"},
		{"MetricType"},
		{"TimeLimitSeconds"},
		{"LambdaFunctionARN"},
		{"QueueId"},
		{"AgentId"},
		{"ContactFlowId"},
		{"FlowModuleId"},
		{"LexV2Bot", "AliasArn"},
	} {
		if s := a.Parameter(names...); s != "" {
			if strings.HasPrefix(s, "arn:") {
				s = s[strings.LastIndexAny(s, ":/")+1:]
			}
			return cut(strings.Join(strings.Fields(s), " "), 34)
		}
	}
	return ""
}

// Mermaid writes the flow as the text of a Mermaid flow chart.
func (d Drawing) Mermaid() string {
	quote := strings.NewReplacer(`"`, "#quot;", "\n", " ", "|", "#124;", "<", "&lt;", ">", "&gt;").Replace
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	for i, a := range d.Flow.Actions {
		open, shut := `["`, `"]`
		switch {
		case a.Ends():
			open, shut = `(["`, `"])`
		case len(a.Conditions) > 0:
			open, shut = `{{"`, `"}}`
		}
		text := quote(a.ID) + "<br/>" + quote(a.Type)
		if c := caption(a); c != "" {
			text += "<br/><i>" + quote(c) + "</i>"
		}
		fmt.Fprintf(&b, "  n%d%s%s%s\n", i, open, text, shut)
	}
	for i, a := range d.Flow.Actions {
		if a.ID == d.Flow.Start {
			fmt.Fprintf(&b, "  start((start)) --> n%d\n", i)
			break
		}
	}
	for _, e := range d.edges() {
		arrow := "-->"
		if e.taken {
			arrow = "==>"
		}
		if e.plain() {
			fmt.Fprintf(&b, "  n%d %s n%d\n", e.from, arrow, e.to)
			continue
		}
		fmt.Fprintf(&b, "  n%d %s|\"%s\"| n%d\n", e.from, arrow, quote(strings.Join(e.label, ", ")), e.to)
	}
	if d.Coverage != nil {
		b.WriteString("  classDef taken fill:#d7f0dc,stroke:#2d7a3e\n")
		for i, a := range d.Flow.Actions {
			if d.Coverage.Action(d.ID, a.ID) > 0 {
				fmt.Fprintf(&b, "  class n%d taken\n", i)
			}
		}
	}
	return b.String()
}
