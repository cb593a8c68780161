package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/terminal"
)

// player holds conversations with a flow: it is the customer's terminal, and
// the contact centre that does what the flow asks for.
type player struct {
	*terminal.Console
	lib      *library
	calls    *callout.Caller
	coverage *flow.Coverage
	ids      *contact.IDs

	settings settings
	contact  *played
	m        *flow.Machine // nil when no flow runs
	flow     string        // whose path was shown last
	timer    *time.Timer   // of a wait, in a terminal

	said     []string // since the customer's last words
	failures int      // expectations that were not met
	stopped  bool     // a flow stopped by an error
}

func newPlayer(console *terminal.Console, lib *library, calls *callout.Caller, coverage *flow.Coverage, attributes map[string]string) *player {
	p := &player{Console: console, lib: lib, calls: calls, coverage: coverage, ids: contact.SeededIDs(1), timer: time.NewTimer(0)}
	p.timer.Stop()
	p.settings = usual(attributes)
	return p
}

// play holds a conversation: it reads lines until they or the contact end.
func (p *player) play(ctx context.Context) error {
	p.Prompt("> ")
	first, any := "", false
	if !p.Edited() { // a script says first what the world is like
		for line := range p.Lines() {
			if !p.set(line) {
				first, any = line, true
				break
			}
		}
	}
	if err := p.start(ctx); err != nil {
		return err
	}
	if any {
		if err := p.take(ctx, first); err != nil {
			return over(err)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.timer.C:
			if err := p.answer(ctx, flow.Outcome{Event: flow.TimerFired}); err != nil {
				return err
			}
		case line, ok := <-p.Lines():
			if !ok {
				p.close()
				return nil
			}
			if err := p.take(ctx, line); err != nil {
				return over(err)
			}
		}
	}
}

// errQuit ends the conversation.
var errQuit = errors.New("enough")

func over(err error) error {
	if errors.Is(err, errQuit) {
		return nil
	}
	return err
}

// close says how things stand at the end of the input.
func (p *player) close() {
	if p.m != nil && !p.contact.ended {
		p.Printf("(the input ends here; the flow waits at %s)", p.m.State().Action)
	}
}

// start begins a contact with the main flow.
func (p *player) start(ctx context.Context) error {
	p.contact = p.settings.newContact(p.ids)
	p.said, p.flow = nil, ""
	src := p.lib.main
	p.contact.queued = src.Type == flow.CustomerQueue
	return p.begin(ctx, src, src.Type)
}

// begin runs a flow as one of a type.
func (p *player) begin(ctx context.Context, src flow.Source, as flow.Type) error {
	src.Type = as
	p.timer.Stop()
	p.showFlow(src.ID)
	p.m = flow.New(flow.Begin{Source: src, Hooks: p.contact.hooks}, flow.Env{
		Values: p.contact.value,
		Random: p.settings.random,
		Took: func(t flow.Took) {
			p.coverage.Add(t)
			p.showPath(t)
		},
	})
	return p.drive(ctx)
}

// drive does what the flow asks for until it waits or is over.
func (p *player) drive(ctx context.Context) error {
	for {
		effect := p.m.Next()
		if st := p.m.State(); st.Over != "" {
			p.m = nil
			return p.flowOver(ctx, st, effect)
		}
		out, waits := p.do(ctx, effect)
		if waits {
			return nil
		}
		if err := p.m.Answer(out); err != nil {
			return err
		}
	}
}

// answer tells the flow how what it waits for went.
func (p *player) answer(ctx context.Context, out flow.Outcome) error {
	p.timer.Stop()
	if err := p.m.Answer(out); err != nil {
		return err
	}
	return p.drive(ctx)
}

// pathColumn is where the path is shown, right of what is said.
const pathColumn = 44

func (p *player) showPath(t flow.Took) {
	p.showFlow(t.Flow)
	line := t.Action
	if t.Branch != "" {
		line += " [" + t.Branch + "]"
	}
	if t.Next != "" {
		line += " → " + t.Next
	}
	p.Printf("%*s│ %s", pathColumn, "", line)
}

// showFlow says whose path comes next.
func (p *player) showFlow(id string) {
	if id != p.flow {
		p.flow = id
		p.Printf("%*s╷ %s", pathColumn, "", id)
	}
}

// note says what happens besides the words.
func (p *player) note(format string, args ...any) { p.Printf("("+format+")", args...) }

// do does one thing that the flow asks for; waits is true where the customer or
// the clock answers.
func (p *player) do(ctx context.Context, effect flow.Effect) (out flow.Outcome, waits bool) {
	c, s := p.contact, &p.settings
	failed := flow.Outcome{Error: flow.NoMatchingError}
	switch do := effect.(type) {
	case flow.Say:
		p.say(do)
	case flow.Wait:
		return p.wait(do)
	case flow.ShowView:
		p.note("the view %s is shown; /view ACTION [JSON] answers, /skip lets %s pass", do.View, short(do.For))
		p.clock(do.For)
		return out, true
	case flow.Invoke:
		return p.invoke(ctx, do), false
	case flow.LoadResult:
		if out.Data = c.results[do.Invocation]; out.Data == nil {
			return failed, false
		}
	case flow.AskBot:
		return p.askBot(ctx, do), false
	case flow.Load:
		return p.load(do), false
	case flow.CheckHours:
		if do.Hours == "" && c.queue == "" {
			return failed, false
		}
		out.Result = "True"
		if s.closed {
			out.Result = "False"
		}
	case flow.CheckMetric:
		if do.Queue+do.Agent+c.queue == "" {
			return failed, false
		}
		return s.metric(do.Metric), false
	case flow.GetMetrics:
		queue := do.Queue + do.Agent
		if queue == "" {
			queue = c.queue
		}
		if queue == "" {
			return failed, false
		}
		return s.metrics(queue, p.named(queue)), false
	case flow.SetQueue:
		c.queue = do.Queue + do.Agent
		c.queueName = p.named(c.queue)
	case flow.EnterQueue:
		return p.enterQueue(c.queue, c.queueName), false
	case flow.MoveToQueue:
		queue := do.Queue + do.Agent
		return p.enterQueue(queue, p.named(queue)), false
	case flow.SetHook:
		st := p.m.State()
		c.setHook(do, p.lib.nameOf(st.Flow, st.Action, do.Flow))
	default:
		if !c.keep(effect) {
			p.note("%T cannot be done here", effect)
			return failed, false
		}
	}
	return out, false
}

// named returns what the action in hand calls the thing that it refers to.
func (p *player) named(ref string) string {
	st := p.m.State()
	if name := p.lib.nameOf(st.Flow, st.Action, ref); name != "" {
		return name
	}
	return ref[strings.LastIndexAny(ref, ":/")+1:]
}

func (p *player) say(do flow.Say) {
	who := "SYSTEM"
	if do.By == flow.TheBot {
		who = "BOT"
	}
	switch p.m.State().Type {
	case flow.AgentWhisper:
		who = "WHISPER to the agent"
	case flow.CustomerWhisper:
		who = "WHISPER to the customer"
	default:
	}
	for _, m := range do.Messages {
		text := m.Text
		if m.Plain != "" {
			text = m.Plain
		}
		p.said = append(p.said, text)
		p.Printf("%s: %s", who, text)
	}
}

func (p *player) wait(do flow.Wait) (out flow.Outcome, waits bool) {
	for _, e := range do.Events {
		if e == flow.BotParticipantDisconnected && !p.settings.bot {
			return flow.Outcome{Error: flow.ParticipantNotFound}, false
		}
		if e == flow.LambdaReturned && p.contact.results[do.Invocation] != nil {
			return flow.Outcome{Event: e}, false
		}
	}
	p.note("%s waits %s", p.m.State().Action, short(do.For))
	p.clock(do.For)
	return out, true
}

// short writes a duration without the zeros at its end.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// clock lets a wait end by itself, in a terminal.
func (p *player) clock(d time.Duration) {
	if p.Edited() {
		p.timer.Reset(d)
	}
}

// load finds another flow.
func (p *player) load(do flow.Load) flow.Outcome {
	st := p.m.State()
	name := p.lib.nameOf(st.Flow, st.Action, do.ID)
	src, ok := p.lib.find(do.ID, name)
	if !ok || do.Module != (src.Type == flow.Module) {
		p.note("there is no flow %s; --with names its file", do.ID)
		return flow.Outcome{Error: flow.NoMatchingError}
	}
	return flow.Outcome{Source: src}
}

func (p *player) enterQueue(queue, name string) flow.Outcome {
	switch {
	case queue == "":
		return flow.Outcome{Error: flow.NoMatchingError}
	case p.settings.full:
		return flow.Outcome{Error: flow.QueueAtCapacity}
	}
	p.contact.queue, p.contact.queueName = queue, name
	return flow.Outcome{}
}

// flowOver does what becomes of the contact when a flow is over.
func (p *player) flowOver(ctx context.Context, st flow.State, how flow.Effect) error {
	ends := false
	switch do := how.(type) {
	case flow.Disconnect:
		ends = true
	case flow.End:
		ends = do.Contact
	case flow.Failed:
		ends = do.Contact
		p.stopped = true
		p.note("the flow stops at %s: %s", do.Action, strings.TrimSpace(do.Error+" "+do.Reason))
	}
	switch {
	case st.Type == flow.AgentWhisper || st.Type == flow.CustomerWhisper:
		return p.whispered(ctx, st.Type)
	case st.Over == flow.ByQueueing:
		return p.queueFlow(ctx)
	case ends:
		p.end("the contact ends")
	default:
		p.note("the flow is over, the contact stays")
	}
	return nil
}

func (p *player) end(how string) {
	p.contact.ended, p.m = true, nil
	p.timer.Stop()
	p.note("%s", how)
}

// queueFlow lets the contact wait, with the flow that is hooked for that.
func (p *player) queueFlow(ctx context.Context) error {
	p.contact.queued = true
	p.note("the contact waits in %s; /agent takes it", p.contact.queueName)
	_, err := p.hooked(ctx, "CustomerQueue", flow.CustomerQueue)
	return err
}

// hooked runs the flow of an occasion, if there is one.
func (p *player) hooked(ctx context.Context, occasion flow.Hook, as flow.Type) (runs bool, err error) {
	ref := p.contact.hooks[occasion]
	if ref == "" {
		return false, nil
	}
	src, ok := p.lib.find(ref, p.contact.hookNames[occasion])
	if !ok {
		p.note("the flow %s for %s is not at hand; --with names its file", ref, occasion)
		return false, nil
	}
	return true, p.begin(ctx, src, as)
}

// whispered goes on after a whisper, or before the first one: with the next,
// and then the agent joins.
func (p *player) whispered(ctx context.Context, after flow.Type) error {
	steps := []struct {
		occasion flow.Hook
		as       flow.Type
	}{{"AgentWhisper", flow.AgentWhisper}, {"CustomerWhisper", flow.CustomerWhisper}}
	if after == flow.AgentWhisper {
		steps = steps[1:]
	}
	if after == flow.CustomerWhisper {
		steps = nil
	}
	for _, s := range steps {
		if runs, err := p.hooked(ctx, s.occasion, s.as); runs || err != nil {
			return err
		}
	}
	p.contact.queued, p.contact.agent = false, true
	p.note("the agent joins; /leave lets them leave")
	return nil
}

// invoke calls a function, or takes what /answer and /fail say.
func (p *player) invoke(ctx context.Context, do flow.Invoke) flow.Outcome {
	failed := flow.Outcome{Error: flow.NoMatchingError}
	if data, fails := p.settings.nextAnswer(); data != nil || fails {
		if fails {
			return failed
		}
		out := flow.Outcome{Data: data, Invocation: p.ids.New()}
		if do.Async {
			p.contact.results[out.Invocation], out.Data = data, nil
		}
		return out
	}
	answer, err := p.calls.Invoke(ctx, callout.InvokeRequest{
		ARN: do.Function, Event: p.contact.event(do.Parameters), ResponseType: callout.JSON, Limit: do.Limit, Async: do.Async,
	})
	if err != nil {
		p.note("%v", err)
		if errors.Is(err, callout.ErrTimeLimit) {
			failed.Error = flow.TimeLimitExceeded
		}
		return failed
	}
	out := flow.Outcome{Invocation: answer.RequestID}
	if !do.Async {
		if out.Data, err = json.Marshal(answer.Values); err != nil {
			return failed
		}
		p.note("%s answers %s", functionName(do.Function), out.Data)
	}
	return out
}

func (p *player) askBot(ctx context.Context, do flow.AskBot) flow.Outcome {
	failed := flow.Outcome{Error: flow.NoMatchingError}
	data, fails := p.settings.nextAnswer()
	if fails {
		return failed
	}
	if data != nil {
		return flow.Outcome{Data: data}
	}
	var attributes map[string]string
	if err := json.Unmarshal(do.Attributes, &attributes); err != nil {
		p.note("%v", err)
		return failed
	}
	arn := do.Bot.AliasARN
	if arn == "" {
		arn = do.Bot.Name + ":" + do.Bot.Alias + "@" + do.Bot.Region
	}
	answer, err := p.calls.RecognizeText(ctx, callout.RecognizeRequest{
		BotARN: arn, SessionID: p.contact.id, Memory: p.contact.memory[arn], Text: do.Text,
		Attributes: attributes, LanguageCode: p.contact.language, Accepts: []string{callout.PlainText},
	})
	if err != nil {
		p.note("%v", err)
		return failed
	}
	p.contact.memory[arn] = answer.Memory
	if data, err = answer.Lex(); err != nil {
		p.note("%v", err)
		return failed
	}
	return flow.Outcome{Data: data}
}

// take does what a line says.
func (p *player) take(ctx context.Context, line string) error {
	if name, arg, ok := command(line); ok {
		return p.command(ctx, name, arg)
	}
	if !p.Edited() {
		p.Printf("customer: %s", line)
	}
	p.said = nil
	switch {
	case p.contact.ended:
		p.note("the contact has ended; /restart begins another")
	case p.m != nil && p.m.Wants(flow.CustomerReturned):
		return p.answer(ctx, flow.Outcome{Event: flow.CustomerReturned, Text: line})
	case p.contact.agent:
		p.note("the agent reads it")
	default:
		p.note("the flow does not wait for that")
	}
	return nil
}

// command splits a line that is one.
func command(line string) (name, arg string, ok bool) {
	rest, ok := strings.CutPrefix(line, "/")
	name, arg, _ = strings.Cut(rest, " ")
	return name, strings.TrimSpace(arg), ok
}

const help = `/skip            what is waited for passes
/agent           an agent takes the contact out of the queue
/leave           the agent leaves
/end             the customer leaves
/view ACT [JSON] the customer answers a view
/bot-left        the bot that takes part leaves
/values          what paths lead to
/expect TEXT     fail unless TEXT has been said since the customer's last words
/restart         begin another contact
/quit            stop
These are for what comes; at the beginning of a script they come before the flow:
/closed /open    hours
/full /room      queues
/agents N        who is there and available
/waiting N [S]   contacts in the queue, the oldest for S seconds
/attribute K=V   a contact attribute
/initial TEXT    the message with which the chat is started
/answer JSON     the next function or bot answers that
/fail            the next function or bot fails
/random N        the next number thrown, 1 to 100
/bot             a bot takes part`

func (p *player) command(ctx context.Context, name, arg string) error {
	if p.set("/" + name + " " + arg) {
		return nil
	}
	switch name {
	case "help":
		p.Print(help)
	case "skip":
		return p.event(ctx, flow.TimerFired, "")
	case "bot-left":
		p.settings.bot = false
		return p.event(ctx, flow.BotParticipantDisconnected, "")
	case "view":
		return p.view(ctx, arg)
	case "agent":
		if !p.contact.queued || p.contact.ended {
			p.note("the contact waits in no queue")
			return nil
		}
		p.said, p.m = nil, nil
		p.timer.Stop()
		return p.whispered(ctx, "")
	case "leave":
		if !p.contact.agent || p.contact.ended {
			p.note("there is no agent")
			return nil
		}
		p.contact.agent, p.said = false, nil
		p.contact.method = "DISCONNECT"
		p.note("the agent leaves")
		runs, err := p.hooked(ctx, "CustomerRemaining", flow.Inbound)
		if !runs && err == nil {
			p.end("the contact ends")
		}
		return err
	case "end":
		p.end("the customer leaves, the contact ends")
	case "values":
		p.values()
	case "expect":
		p.expect(arg)
	case "restart":
		p.note("another contact")
		return p.start(ctx)
	case "quit":
		return errQuit
	default:
		p.note("/%s is not a command; /help tells which there are", name)
		p.failures += failsScript(p)
	}
	return nil
}

// failsScript counts a mistake where nobody can type anew.
func failsScript(p *player) int {
	if p.Edited() {
		return 0
	}
	return 1
}

// event tells the flow of one that it waits for.
func (p *player) event(ctx context.Context, e flow.Event, text string) error {
	waits := false
	if p.m != nil {
		_, view := p.m.Next().(flow.ShowView)
		waits = p.m.Wants(e) || view && e == flow.TimerFired
	}
	if !waits {
		p.note("nothing waits for that")
		return nil
	}
	p.said = nil
	return p.answer(ctx, flow.Outcome{Event: e, Text: text})
}

func (p *player) view(ctx context.Context, arg string) error {
	action, data, _ := strings.Cut(arg, " ")
	waits := false
	if p.m != nil {
		_, waits = p.m.Next().(flow.ShowView)
	}
	if !waits || action == "" {
		p.note("no view waits, or no action is named")
		return nil
	}
	p.said = nil
	return p.answer(ctx, flow.Outcome{Result: action, Data: json.RawMessage(strings.TrimSpace(data))})
}

func (p *player) expect(text string) {
	for _, s := range p.said {
		if strings.Contains(s, text) {
			return
		}
	}
	p.failures++
	p.Printf("EXPECTED: %s", text)
	if len(p.said) == 0 {
		p.note("nothing has been said")
	}
}

// values shows what paths lead to.
func (p *player) values() {
	for _, line := range p.contact.lines() {
		p.Print(line)
	}
	if p.m == nil {
		return
	}
	scope := p.m.State().Scope
	for _, k := range sorted(scope.FlowAttributes) {
		p.Printf("%s = %s", flow.Path("FlowAttributes", k), scope.FlowAttributes[k])
	}
	for _, d := range []struct {
		name string
		data flow.Data
	}{{"External", scope.External}, {"Lex", scope.Lex}, {"Views", scope.Views}, {"Metrics", scope.Metrics}, {"Modules", scope.Modules}} {
		if d.data.IsZero() {
			continue
		}
		if raw, err := d.data.MarshalJSON(); err == nil {
			p.Print(fmt.Sprintf("$.%s = %s", d.name, raw))
		}
	}
}
