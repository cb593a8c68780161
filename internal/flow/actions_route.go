package flow

func setQueue(m *Machine, a *Action) Effect {
	queue, agent, ok := m.queueOrAgent(a, true)
	if !ok {
		return nil
	}
	return SetQueue{queue, agent}
}

func enterQueue(*Machine, *Action) Effect { return EnterQueue{} }

func moveToQueue(m *Machine, a *Action) Effect {
	if m.st.Type != CustomerQueue { // as documented, it fails elsewhere
		return failInChat(m, a)
	}
	queue, agent, ok := m.queueOrAgent(a, true)
	if !ok {
		return nil
	}
	return MoveToQueue{queue, agent}
}

// queued ends the flow of a contact that has gone into a queue.
func queued(m *Machine, a *Action, o Outcome) {
	if o.Error != "" {
		m.leave(a, "", o.Error)
		return
	}
	m.stop(a, ByQueueing)
}

func routeToAgent(m *Machine, a *Action) Effect {
	agent, ok := m.required(a, "AgentId")
	if !ok {
		return nil
	}
	return RouteToAgent{agent}
}

func disconnect(m *Machine, a *Action) Effect {
	m.stop(a, ByDisconnect)
	return nil
}

func endFlow(m *Machine, a *Action) Effect {
	m.stop(a, ByEnd)
	return nil
}

func loadFlow(m *Machine, a *Action) Effect {
	id, ok := m.required(a, "ContactFlowId")
	if !ok {
		return nil
	}
	return Load{ID: id}
}

// transfer goes on in another flow. What that flow can see is what this one
// could, flow attributes excepted.
func transfer(m *Machine, a *Action, o Outcome) {
	if o.Error == "" && (o.Source.Flow == nil || o.Source.Type != Inbound) {
		o.Error = NoMatchingError
	}
	if o.Error != "" {
		m.leave(a, "", o.Error)
		return
	}
	m.finish(a, "", "", "transfer", "")
	m.st.Frames, m.st.Scope.FlowAttributes, m.st.Dialog = nil, nil, nil
	m.st.Type = Inbound
	m.enter(o.Source)
}

// loadModule fetches a module, and goes on once the module has ended.
func loadModule(m *Machine, a *Action) Effect {
	switch m.st.Stage {
	case stageReturned:
		m.leave(a, m.st.Scope.Modules.find([]string{"Result"}).String(), "")
		return nil
	case stageFailed:
		return failInChat(m, a)
	}
	id, ok := m.required(a, "FlowModuleId")
	if !ok {
		return nil
	}
	if len(m.st.Frames) >= maxFrames {
		return failInChat(m, a)
	}
	return Load{ID: id, Module: true}
}

// call runs a module with a scope of its own.
func call(m *Machine, a *Action, o Outcome) {
	input, err := m.moduleData(a, "Input")
	if o.Error == "" && (o.Source.Flow == nil || err != nil) {
		o.Error = NoMatchingError
	}
	if o.Error != "" {
		m.leave(a, "", o.Error)
		return
	}
	m.st.Frames = append(m.st.Frames, Frame{
		Flow: m.st.Flow, Version: m.st.Version, Name: m.st.Name, Action: a.ID, Scope: m.st.Scope,
	})
	m.st.Scope = Scope{}
	if input.kind != nothing {
		m.st.Scope.Modules = dataOf(tree{kind: object, members: []member{{"Input", input}}})
	}
	m.took(a, "module", "")
	m.enter(o.Source)
}

// moduleData resolves what goes into a module, or comes out of it. The names of
// these parameters, Input, ResultData and Result, are ours: the service's are
// not known to us.
func (m *Machine) moduleData(a *Action, name string) (tree, error) {
	t := a.parameter(name)
	if t.kind == nothing {
		return tree{}, nil
	}
	out, err := m.fill(t)
	if err == nil && out.size() > maxAnswer {
		err = errTooLong
	}
	return out, err
}

func endModule(m *Machine, a *Action) Effect {
	if len(m.st.Frames) == 0 {
		m.stop(a, ByEnd)
		return nil
	}
	result := tree{kind: object, members: []member{{"Result", textOf(m.expand(a.parameter("Result")))}}}
	data, err := m.moduleData(a, "ResultData")
	if err != nil {
		m.unhandled(a, NoMatchingError)
		return nil
	}
	if data.kind != nothing {
		result.members = append(result.members, member{"ResultData", data})
	}
	m.finish(a, "", "", "", "")
	m.back()
	m.st.Scope.Modules, m.st.Stage = dataOf(result), stageReturned
	return nil
}

// back returns to the caller of the module in hand.
func (m *Machine) back() {
	caller := m.st.Frames[len(m.st.Frames)-1]
	m.st.Frames = m.st.Frames[:len(m.st.Frames)-1]
	m.st.Flow, m.st.Version, m.st.Name, m.st.Action = caller.Flow, caller.Version, caller.Name, caller.Action
	m.st.Scope, m.st.Dialog = caller.Scope, nil
}
