package flow

import (
	"encoding/json"
	"errors"
	"slices"
)

// How long a function may take, in seconds.
const (
	maxSyncSeconds  = 8
	maxAsyncSeconds = 60
)

func invoke(m *Machine, a *Action) Effect {
	function, ok := m.required(a, "LambdaFunctionARN")
	if !ok {
		return nil
	}
	async := a.Parameter("InvocationType") == "ASYNCHRONOUS"
	most := maxSyncSeconds
	if async {
		most = maxAsyncSeconds
	}
	limit, ok := seconds(a.Parameter("InvocationTimeLimitSeconds"), 1, most)
	parameters, err := m.fill(a.parameter("LambdaInvocationAttributes"))
	if !ok || err != nil {
		return failInChat(m, a)
	}
	parameters.kind = object // also where there are none
	return Invoke{Function: function, Limit: limit, Async: async, Parameters: worded(parameters).append(nil)}
}

// worded is an object whose numbers and booleans are texts. What nests stays as
// it is.
func worded(t tree) *tree {
	t.members = slices.Clone(t.members)
	for i := range t.members {
		if v := &t.members[i].value; v.kind == number || v.kind == boolean {
			v.kind = text
		}
	}
	return &t
}

// invoked keeps the answer of a function. One that does not have the form that
// was asked for is an error, and leaves the last one in place.
func invoked(m *Machine, a *Action, o Outcome) {
	switch {
	case o.Error != "":
	case a.Parameter("InvocationType") == "ASYNCHRONOUS":
		m.st.Scope.Invocation = o.Invocation
	default:
		o.Error = m.takeAnswer(a, o.Data)
	}
	m.leave(a, "", o.Error)
}

// takeAnswer puts the answer of a function behind $.External.
func (m *Machine) takeAnswer(a *Action, raw json.RawMessage) (errorType string) {
	got, err := answer(raw)
	if err == nil && a.parameter("ResponseValidation").get("ResponseType").text != "JSON" {
		got, err = flat(got)
	}
	if err != nil {
		return NoMatchingError
	}
	m.st.Scope.External = dataOf(got)
	return ""
}

// loadResult asks for the answer of an asynchronous function.
func loadResult(m *Machine, a *Action) Effect {
	id, ok := m.invocation(a)
	if !ok {
		return failInChat(m, a)
	}
	return LoadResult{id}
}

func resultLoaded(m *Machine, a *Action, o Outcome) {
	if o.Error == "" {
		o.Error = m.takeAnswer(a, o.Data)
	}
	m.leave(a, "", o.Error)
}

// invocation returns which asynchronous call an action means: the latest, where
// it says nothing.
func (m *Machine) invocation(a *Action) (id string, ok bool) {
	id, ok = m.reference(a, "InvocationId")
	if id == "" && ok {
		id = m.st.Scope.Invocation
	}
	return id, ok && id != ""
}

// answer reads an object that came from outside.
func answer(raw json.RawMessage) (tree, error) {
	if len(raw) > maxAnswer {
		return tree{}, errTooLong
	}
	t, err := readTree(raw, false)
	if err == nil && t.kind != object {
		err = errors.New("the answer is no object")
	}
	return t, err
}

// flat makes a map of texts of an answer; numbers and booleans are taken as
// they are written.
func flat(t tree) (tree, error) {
	for i := range t.members {
		if k := t.members[i].value.kind; k == list || k == object {
			return tree{}, errors.New("the answer nests")
		}
	}
	return *worded(t), nil
}
