package flow

// behaviour is what an action does. ask returns what it wants done, or nil once
// it has gone on by itself; it may be called again until it is answered, and
// asks for the same then. take gets the answer; without one the action is done
// and leads on by the answer's result or error.
type behaviour struct {
	ask  func(m *Machine, a *Action) Effect
	take func(m *Machine, a *Action, o Outcome)
}

// Stages of actions that take several effects.
const (
	stageReturned = "returned" // the module has ended
	stageFailed   = "failed"   // the module has failed

	stagePrompt = "prompt" // the words before a bot are being said
	stageListen = "listen" // the customer is listened to
	stageAsk    = "ask"    // the bot is asked
	stageReply  = "reply"  // the bot's answer is being said
)

// Results that actions have.
const (
	continueLooping = "ContinueLooping"
	doneLooping     = "DoneLooping"
	waitCompleted   = "WaitCompleted"
)

var behaviours = map[string]behaviour{
	"MessageParticipant":           {ask: sayPrompt},
	"ConnectParticipantWithLexBot": {ask: talkWithBot, take: hearBot},
	"ShowView":                     {ask: showView, take: viewAnswered},

	"UpdateContactTargetQueue":         {ask: setQueue},
	"TransferContactToQueue":           {ask: enterQueue, take: queued},
	"DequeueContactAndTransferToQueue": {ask: moveToQueue, take: queued},
	"RouteContactToAgent":              {ask: routeToAgent},
	"TransferToFlow":                   {ask: loadFlow, take: transfer},
	"InvokeFlowModule":                 {ask: loadModule, take: call},
	"EndFlowModuleExecution":           {ask: endModule},
	"DisconnectParticipant":            {ask: disconnect},
	"EndFlowExecution":                 {ask: endFlow},

	"Compare":                {ask: compare},
	"CheckHoursOfOperation":  {ask: checkHours},
	"CheckMetricData":        {ask: checkMetric, take: metricTold},
	"GetMetricData":          {ask: getMetrics, take: metricsTold},
	"DistributeByPercentage": {ask: distribute},
	"Loop":                   {ask: loopOn},
	"Wait":                   {ask: wait, take: waited},

	"UpdateContactAttributes":            {ask: setAttributes},
	"UpdateFlowAttributes":               {ask: setFlowAttributes},
	"UpdateContactData":                  {ask: updateContact},
	"TagContact":                         {ask: tag},
	"UntagContact":                       {ask: untagContact},
	"UnTagContact":                       {ask: untagContact},
	"CreatePersistentContactAssociation": {ask: rehydrate},

	"UpdateContactEventHooks":                    {ask: setHook, take: hookSet},
	"UpdateFlowLoggingBehavior":                  {ask: setLogging},
	"UpdateContactRoutingBehavior":               {ask: setPriority},
	"UpdateRoutingCriteria":                      {ask: setCriteria},
	"UpdateContactRoutingCriteria":               {ask: setCriteria},
	"UpdateContactRecordingBehavior":             {ask: setRecording},
	"UpdateContactRecordingAndAnalyticsBehavior": {ask: setAnalytics},
	"UpdateContactMediaProcessing":               {ask: setProcessor},

	"InvokeLambdaFunction": {ask: invoke, take: invoked},
	"LoadLambdaResult":     {ask: loadResult, take: resultLoaded},

	"MessageParticipantIteratively":  {ask: loopPrompts},
	"UpdateContactTextToSpeechVoice": {ask: pass},
}

// behaviourOf returns what an action of the type does. One that belongs to
// voice fails, and so, for all to see, does one that cannot be run.
func behaviourOf(kind string) behaviour {
	if b, ok := behaviours[kind]; ok {
		return b
	}
	if r := rules[kind]; r != nil && r.voice {
		return behaviour{ask: failInChat}
	}
	return behaviour{ask: unsupported, take: failAnyway}
}

// pass is an action that succeeds and does nothing.
func pass(m *Machine, a *Action) Effect {
	m.leave(a, "", "")
	return nil
}

// failInChat is an action of another channel.
func failInChat(m *Machine, a *Action) Effect {
	m.leave(a, "", NoMatchingError)
	return nil
}

// loopPrompts fails; without an error branch the flow just stops and the
// contact waits on, as documented.
func loopPrompts(m *Machine, a *Action) Effect {
	if a.onError(NoMatchingError) == nil && len(m.st.Frames) == 0 {
		m.stop(a, ByEnd)
		return nil
	}
	return failInChat(m, a)
}

func unsupported(_ *Machine, a *Action) Effect { return Unsupported{a.ID, a.Type} }

func failAnyway(m *Machine, a *Action, _ Outcome) { m.leave(a, "", NoMatchingError) }

// reference resolves parameters that name something. ok is false where one is
// there and leads nowhere.
func (m *Machine) reference(a *Action, name string) (ref string, ok bool) {
	t := a.parameter(name)
	if t.kind == nothing {
		return "", true
	}
	s, err := m.resolve(t)
	return s, err == nil && s != ""
}

// required resolves a parameter that must be there and name something; without
// it the action fails.
func (m *Machine) required(a *Action, name string) (string, bool) {
	s, ok := m.reference(a, name)
	if !ok || s == "" {
		m.leave(a, "", NoMatchingError)
		return "", false
	}
	return s, true
}

// queueOrAgent resolves the two of which an action has one or none.
func (m *Machine) queueOrAgent(a *Action, needed bool) (queue, agent string, ok bool) {
	queue, ok1 := m.reference(a, "QueueId")
	agent, ok2 := m.reference(a, "AgentId")
	if !ok1 || !ok2 || needed && queue+agent == "" {
		m.leave(a, "", NoMatchingError)
		return "", "", false
	}
	return queue, agent, true
}
