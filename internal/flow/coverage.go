package flow

import (
	"fmt"
	"strings"
)

// nextBranch is the name of the plain way on.
const nextBranch = "next"

func errorBranch(kind string) string { return "error " + kind }

// Took is a branch that a run took.
type Took struct {
	Flow   string
	Action string
	Type   string
	Branch string // next, a condition, or an error; empty where the flow ends
	Next   string
}

func (m *Machine) took(a *Action, branch, next string) {
	if m.env.Took != nil {
		m.env.Took(Took{Flow: m.st.Flow, Action: a.ID, Type: a.Type, Branch: branch, Next: next})
	}
}

// Coverage counts which actions and branches runs took. Its zero value is
// ready; give its Add to a Machine as Env.Took.
type Coverage struct {
	actions  map[[2]string]int // flow, action
	branches map[[3]string]int // flow, action, branch
}

// Add counts one branch.
func (c *Coverage) Add(t Took) {
	if c.actions == nil {
		c.actions, c.branches = map[[2]string]int{}, map[[3]string]int{}
	}
	c.actions[[2]string{t.Flow, t.Action}]++
	c.branches[[3]string{t.Flow, t.Action, t.Branch}]++
}

// Action returns how often an action was taken.
func (c *Coverage) Action(flow, id string) int {
	if c == nil {
		return 0
	}
	return c.actions[[2]string{flow, id}]
}

// Branch returns how often a branch was taken.
func (c *Coverage) Branch(flow, id, branch string) int {
	if c == nil {
		return 0
	}
	return c.branches[[3]string{flow, id, branch}]
}

// Branches returns the branches that an action has. The plain way on counts
// only where it can be taken.
func (a *Action) Branches() []string {
	var all []string
	for i := range a.Conditions {
		all = append(all, a.Conditions[i].String())
	}
	plain := a.Next != "" && !a.Ends()
	for _, e := range a.Errors {
		all = append(all, errorBranch(e.Type))
		plain = plain && (e.Type != NoMatchingCondition)
	}
	if plain && !a.exhausted() {
		all = append([]string{nextBranch}, all...)
	}
	return all
}

// exhausted reports whether the plain way on is never taken, because every
// result has a branch of its own or success is the end of the flow.
func (a *Action) exhausted() bool {
	switch a.Type {
	case "CheckHoursOfOperation", "Loop", "Wait", "TransferContactToQueue", "DequeueContactAndTransferToQueue", "TransferToFlow":
		return true
	}
	return false
}

// Report says for people what was taken of a flow, action by action.
func (c *Coverage) Report(flow string, f *Flow) string {
	var b strings.Builder
	var actions, takenActions, branches, takenBranches int
	for _, a := range f.Actions {
		n := c.Action(flow, a.ID)
		actions++
		if n > 0 {
			takenActions++
		}
		fmt.Fprintf(&b, "%6d  %s (%s)\n", n, a.ID, a.Type)
		for _, name := range a.Branches() {
			n := c.Branch(flow, a.ID, name)
			branches++
			if n > 0 {
				takenBranches++
			}
			fmt.Fprintf(&b, "%6d    %s\n", n, name)
		}
	}
	return fmt.Sprintf("%d of %d actions, %d of %d branches\n", takenActions, actions, takenBranches, branches) + b.String()
}
