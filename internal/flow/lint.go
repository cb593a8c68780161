package flow

// lint warns of what is allowed and looks like a mistake.
func (c *checker) lint() {
	reached := c.reach(everyWay)
	for _, a := range c.flow.Actions {
		c.action = a
		if !reached[a] {
			c.warn(a.place, "no way leads to this action")
		}
	}
	chat := c.reach(chatWays)
	for _, a := range c.flow.Actions {
		c.action = a
		if chat[a] && a.rule != nil && a.rule.voice {
			c.warn(a.place+".Type", a.Type+" does nothing in a chat; compare $.Channel before it")
		}
	}
	c.circles(chat)
}

// reach returns the actions that can be come to from the start.
func (c *checker) reach(ways func(*Action) []string) map[*Action]bool {
	reached := map[*Action]bool{}
	next := []string{c.flow.Start}
	for len(next) > 0 {
		a := c.flow.byID[next[0]]
		next = next[1:]
		if a == nil || reached[a] {
			continue
		}
		reached[a] = true
		next = append(next, ways(a)...)
	}
	return reached
}

// everyWay returns where an action may lead.
func everyWay(a *Action) []string {
	next := []string{a.Next}
	for i := range a.Conditions {
		next = append(next, a.Conditions[i].Next)
	}
	for _, e := range a.Errors {
		next = append(next, e.Next)
	}
	return next
}

// chatWays returns where an action may lead in a chat: a comparison of the
// channel goes one way only.
func chatWays(a *Action) []string {
	if a.Type != "Compare" || a.Parameter("ComparisonValue") != "$.Channel" {
		return everyWay(a)
	}
	for i := range a.Conditions {
		if a.Conditions[i].meets("CHAT", (*tree).String) {
			return []string{a.Conditions[i].Next}
		}
	}
	if e := a.onError(NoMatchingCondition); e != nil {
		return []string{e.Next}
	}
	return []string{a.Next}
}

// circles warns of ways that lead back to where they began without waiting for
// anything, and without a loop that counts: such a flow is stopped when it runs.
func (c *checker) circles(reached map[*Action]bool) {
	const (
		unseen = iota
		open
		done
	)
	seen := map[*Action]int{}
	var visit func(a *Action)
	visit = func(a *Action) {
		seen[a] = open
		for _, id := range unhurried(a) {
			switch next := c.flow.byID[id]; {
			case next == nil:
			case seen[next] == open:
				c.action = next
				c.warn(next.place, "the flow can run in circles here without waiting")
			case seen[next] == unseen:
				visit(next)
			}
		}
		seen[a] = done
	}
	for _, a := range c.flow.Actions {
		if reached[a] && seen[a] == unseen {
			visit(a)
		}
	}
}

// unhurried returns the ways on that wait for nothing and are not counted.
func unhurried(a *Action) []string {
	switch a.Type {
	case "Wait", "ConnectParticipantWithLexBot", "ShowView":
		return nil
	case "Loop":
		var next []string
		for i := range a.Conditions {
			if !a.Conditions[i].is(continueLooping) {
				next = append(next, a.Conditions[i].Next)
			}
		}
		return next
	}
	return chatWays(a)
}
