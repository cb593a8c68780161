package main

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/seed"
)

// settings are what the world is like around a flow that is tried out.
type settings struct {
	attributes      map[string]string
	initial         string
	closed, full    bool
	agents, waiting int
	oldest          int // seconds
	bot             bool
	answers         []json.RawMessage // of the next calls; nil fails
	thrown          []int             // the next random numbers, from 0
}

// usual is what the world is like when nothing is said of it.
func usual(attributes map[string]string) settings {
	return settings{attributes: maps.Clone(attributes), agents: 1}
}

// set does what a command says about the world; it reports whether it is one
// that does.
func (p *player) set(line string) bool {
	name, arg, ok := command(line)
	if !ok {
		return false
	}
	s := &p.settings
	wrong := false
	switch name {
	case "closed", "open":
		s.closed = name == "closed"
	case "full", "room":
		s.full = name == "full"
	case "bot":
		s.bot = true
	case "agents":
		s.agents, wrong = number(arg, 0)
	case "waiting":
		n, age, _ := strings.Cut(arg, " ")
		s.waiting, wrong = number(n, 0)
		if age != "" && !wrong {
			s.oldest, wrong = number(age, 0)
		}
	case "random":
		var n int
		if n, wrong = number(arg, 1); !wrong {
			s.thrown = append(s.thrown, n-1)
		}
	case "initial":
		s.initial = arg
	case "attribute":
		k, v, ok := strings.Cut(arg, "=")
		if wrong = !ok || k == ""; !wrong {
			if s.attributes == nil {
				s.attributes = map[string]string{}
			}
			s.attributes[k] = v
			if p.contact != nil {
				p.contact.attributes[k] = v
			}
		}
	case "answer":
		if wrong = !json.Valid([]byte(arg)); !wrong {
			s.answers = append(s.answers, json.RawMessage(arg))
		}
	case "fail":
		s.answers = append(s.answers, nil)
	default:
		return false
	}
	if wrong {
		p.note("/%s does not take %q", name, arg)
		p.failures += failsScript(p)
	}
	return true
}

// number reads a whole number that is not less than least.
func number(s string, least int) (n int, wrong bool) {
	n, err := strconv.Atoi(s)
	if err != nil || n < least {
		return 0, true
	}
	return n, false
}

// nextAnswer takes what /answer or /fail say of the next call.
func (s *settings) nextAnswer() (data json.RawMessage, fails bool) {
	if len(s.answers) == 0 {
		return nil, false
	}
	data, s.answers = s.answers[0], s.answers[1:]
	return data, data == nil
}

func (s *settings) random(n int) int {
	if len(s.thrown) == 0 {
		return rand.IntN(n)
	}
	thrown := s.thrown[0]
	s.thrown = s.thrown[1:]
	return min(thrown, n-1)
}

func (s *settings) metric(name string) flow.Outcome {
	switch name {
	case "NumberOfContactsInQueue":
		return flow.Outcome{Result: strconv.Itoa(s.waiting)}
	case "OldestContactInQueueAgeSeconds":
		return flow.Outcome{Result: strconv.Itoa(s.oldest)}
	default:
		return flow.Outcome{Result: strconv.Itoa(s.agents)}
	}
}

func (s *settings) metrics(queue, name string) flow.Outcome {
	if s.waiting == 0 && s.agents == 0 {
		return flow.Outcome{Error: flow.NoMatchingError} // nothing goes on there
	}
	count := func(n int) any { return map[string]int{"Count": n} }
	data, _ := json.Marshal(map[string]any{ // numbers and texts can be written
		"Queue": map[string]any{"Name": name, "ARN": queue, "Size": s.waiting, "OldestContactAge": s.oldest},
		"Agents": map[string]any{
			"Online": count(s.agents), "Available": count(s.agents), "Staffed": count(s.agents),
			"AfterContactWork": count(0), "Busy": count(0), "Missed": count(0), "NonProductive": count(0),
		},
	})
	return flow.Outcome{Data: data}
}

// played is the contact that a flow is tried out with.
type played struct {
	id, initial                             string
	method                                  string
	name, description, customerID, language string
	queue, queueName                        string
	attributes, tags                        map[string]string
	references                              map[string]flow.Reference
	hooks                                   map[flow.Hook]string
	hookNames                               map[flow.Hook]string
	memory                                  map[string]string          // of bots
	results                                 map[string]json.RawMessage // of asynchronous functions

	queued, agent, ended bool
}

func (s *settings) newContact(ids *contact.IDs) *played {
	c := &played{
		id: ids.New(), initial: s.initial, method: "API", language: "en-US", attributes: maps.Clone(s.attributes),
		tags: map[string]string{}, references: map[string]flow.Reference{}, hooks: map[flow.Hook]string{},
		hookNames: map[flow.Hook]string{}, memory: map[string]string{}, results: map[string]json.RawMessage{},
	}
	if c.attributes == nil {
		c.attributes = map[string]string{}
	}
	return c
}

// keep does what changes the contact alone; it reports whether it can.
func (c *played) keep(effect flow.Effect) bool {
	switch do := effect.(type) {
	case flow.SetAttributes:
		if do.Related {
			return false
		}
		maps.Copy(c.attributes, do.Attributes)
	case flow.UpdateContact:
		if do.Related {
			return false
		}
		for to, from := range map[*string]*string{&c.name: do.Name, &c.description: do.Description, &c.customerID: do.CustomerID, &c.language: do.Language} {
			if from != nil {
				*to = *from
			}
		}
		maps.Copy(c.references, do.References)
	case flow.Tag:
		maps.Copy(c.tags, do.Tags)
	case flow.Untag:
		for _, k := range do.Keys {
			delete(c.tags, k)
		}
	case flow.SetPriority, flow.SetRecording:
	default:
		return false
	}
	return true
}

// setHook lets a flow, which is called name, run on an occasion.
func (c *played) setHook(do flow.SetHook, name string) {
	c.hooks[do.Hook], c.hookNames[do.Hook] = do.Flow, name
	if do.Off {
		delete(c.hooks, do.Hook)
	}
}

// value resolves a path of the flow language.
func (c *played) value(keys []string) (string, bool) {
	switch len(keys) {
	case 1:
		v := c.system()[keys[0]]
		return v, v != ""
	case 2:
		return c.pair(keys[0], keys[1])
	case 3:
		ref, ok := c.references[keys[1]]
		switch {
		case keys[0] != "References":
		case keys[2] == "Value":
			return ref.Value, ok
		case keys[2] == "Type":
			return ref.Type, ok
		}
	}
	return "", false
}

func (c *played) system() map[string]string {
	in := seed.Dev().Instance
	return map[string]string{
		"ContactId": c.id, "InitialContactId": c.id, "Channel": "CHAT", "InstanceARN": in.ARN(), "AwsRegion": in.Region,
		"InitiationMethod": c.method, "LanguageCode": c.language, "CustomerId": c.customerID, "Name": c.name, "Description": c.description,
	}
}

func (c *played) pair(of, name string) (string, bool) {
	switch of {
	case "Attributes":
		v, ok := c.attributes[name]
		return v, ok
	case "Tags":
		v, ok := c.tags[name]
		return v, ok
	case "SegmentAttributes":
		return "connect:Chat", name == "connect:Subtype"
	case "Media":
		return c.initial, name == "InitialMessage" && c.initial != ""
	case "Queue":
		return map[string]string{"Name": c.queueName, "ARN": c.queue}[name], c.queue != ""
	case "Agent":
		agent := seed.DevAgents[0]
		in := seed.Dev().Instance
		v := map[string]string{"UserName": agent.Username, "FirstName": "Ana", "ARN": in.ARN("agent", string(agent.ID))}[name]
		return v, v != ""
	}
	return "", false
}

// lines say what paths lead to.
func (c *played) lines() []string {
	var out []string
	put := func(v string, keys ...string) {
		if v != "" {
			out = append(out, flow.Path(keys...)+" = "+v)
		}
	}
	system := c.system()
	for _, k := range sorted(system) {
		put(system[k], k)
	}
	for _, k := range sorted(c.attributes) {
		put(c.attributes[k], "Attributes", k)
	}
	for _, k := range sorted(c.tags) {
		put(c.tags[k], "Tags", k)
	}
	put(c.initial, "Media", "InitialMessage")
	put(c.queueName, "Queue", "Name")
	put(c.queue, "Queue", "ARN")
	return out
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// event is what a function learns about the contact.
func (c *played) event(parameters json.RawMessage) callout.Event {
	e := callout.Event{
		Attributes: c.attributes, ContactID: c.id, InitialContactID: c.id, CustomerID: c.customerID, Name: c.name,
		Description: c.description, InitiationMethod: c.method, InstanceARN: c.system()["InstanceARN"], LanguageCode: c.language,
		Tags: c.tags, SegmentAttributes: map[string]string{"connect:Subtype": "connect:Chat"},
		References: map[string]callout.Reference{}, Parameters: parameters,
	}
	for k, r := range c.references {
		e.References[k] = callout.Reference(r)
	}
	if c.queue != "" {
		e.Queue = &callout.Queue{ARN: c.queue, Name: c.queueName}
	}
	return e
}
