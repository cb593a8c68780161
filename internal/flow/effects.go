package flow

import (
	"encoding/json"
	"time"
)

// Effect is what a flow asks to be done. Whoever drives the flow does it and
// answers how that went (Machine.Answer); only the three by which a run is over
// are not answered.
type Effect interface{ effect() }

// What is said, and what is waited for.
type (
	// Say sends messages. It fails where the customer's client cannot show them.
	Say struct {
		By       Speaker
		Messages []Message
	}
	// Wait lasts for the given time, or until one of the events. A customer's
	// message is told with its text. ParticipantNotFound is the error where a bot
	// is waited for and there is none. What customers say while a flow does not
	// wait is no event.
	Wait struct {
		For        time.Duration
		Events     []Event
		Invocation string // of LambdaReturned: which call
	}
	// ShowView sends a view and waits for what the customer does with it: the
	// Result is the action, the Data are what was entered.
	ShowView struct {
		View, Version string
		Data          json.RawMessage // what the view is filled with; may be nil
		HideAnswer    bool            // the answer stays out of the transcript
		For           time.Duration
	}
)

// What is called.
type (
	// Invoke calls a function. The answer's Data are what it returned; of an
	// asynchronous call only Invocation is told, at once.
	Invoke struct {
		Function   string
		Limit      time.Duration
		Async      bool
		Parameters json.RawMessage // an object
	}
	// LoadResult asks for what an asynchronous function returned, the Data. It
	// fails until that has come, and where the function failed.
	LoadResult struct{ Invocation string }
	// AskBot gives a bot the customer's words. The answer's Data are the bot's
	// answer in the form of Lex V2 RecognizeText.
	AskBot struct {
		Bot  Bot
		Text string // at most MaxBotText characters
		// Attributes are the session's, an object; from the second question on they
		// are what the bot last answered.
		Attributes json.RawMessage
	}
	// Load fetches a flow or a flow module: the answer's Source. With a Version
	// it is that one, for a run that goes on; without, the one in force.
	Load struct {
		ID      string // as the flow refers to it: id or ARN
		Version string
		Module  bool
	}
)

// What is asked about the contact centre.
type (
	// CheckHours asks whether it is open: the Result is True or False, or the name
	// of the override that counts today if it is one of those that the action has
	// a branch for. Without Hours those of the working queue count; with neither,
	// or for an agent's queue, it fails.
	CheckHours struct {
		Hours     string
		Overrides []string
	}
	// CheckMetric asks for one number, the Result; an age is told in seconds.
	// With neither Queue nor Agent the working queue is meant.
	CheckMetric struct{ Metric, Queue, Agent string }
	// GetMetrics asks for the object behind $.Metrics, the Data. It fails where
	// there is no activity.
	GetMetrics struct{ Queue, Agent, Channel string }
)

// What is done with the contact.
type (
	// SetQueue sets the working queue, a queue or an agent's own; one is set.
	SetQueue struct{ Queue, Agent string }
	// EnterQueue puts the contact into the working queue. Where that works the
	// flow is over; QueueAtCapacity leaves it where it is.
	EnterQueue struct{}
	// MoveToQueue takes the queued contact into another queue, as a new segment.
	MoveToQueue struct{ Queue, Agent string }
	// RouteToAgent offers the queued contact to one agent.
	RouteToAgent struct{ Agent string }
	// SetAttributes sets contact attributes, all or none.
	SetAttributes struct {
		Attributes map[string]string
		Related    bool // of the related contact, not the current one
	}
	// SetHook lets a flow run on an occasion. With Off the occasion runs none.
	SetHook struct {
		Hook Hook
		Flow string
		Off  bool
	}
	// SetPriority changes the place in the queue; one of the two is set.
	SetPriority struct {
		Priority   int64         // 1 is the highest; 0 leaves it
		Adjustment time.Duration // added to the time waited
	}
	// SetRoutingCriteria limits the agents whom the contact may go to: an object
	// with Steps.
	SetRoutingCriteria struct{ Criteria json.RawMessage }
	// SetRecording sets who is recorded and what is analysed.
	SetRecording struct {
		Agent, Customer bool
		Analytics       bool
		Parameters      json.RawMessage // all that the action says
	}
	// SetProcessor lets a function process each message before it is delivered.
	SetProcessor struct {
		Enabled            bool
		Function           string
		DeliverUnprocessed bool
	}
	// UpdateContact sets what the contact is called and refers to. A nil member is
	// left as it is.
	UpdateContact struct {
		Related                                 bool
		Name, Description, CustomerID, Language *string
		References                              map[string]Reference
	}
	// Tag and Untag change the contact's tags.
	Tag   struct{ Tags map[string]string }
	Untag struct{ Keys []string }
	// Rehydrate links the chat to a past one.
	Rehydrate struct {
		Type   string // ENTIRE_PAST_SESSION or FROM_SEGMENT
		Source string // contact id
	}
	// Unsupported tells of an action that cannot be run here. Whatever is
	// answered, the flow takes its error branch.
	Unsupported struct{ Action, Type string }
)

// How a run is over.
type (
	// Disconnect ends the contact.
	Disconnect struct{}
	// End ends the flow, and the contact with it where there is nothing else that
	// could become of it.
	End struct{ Contact bool }
	// Failed ends the flow by an error that it has no branch for, or by one of its
	// limits.
	Failed struct {
		Action, Type string
		Error        string // the error type; empty for a limit
		Reason       string
		Contact      bool // as in End
	}
)

func (Say) effect()                {}
func (Wait) effect()               {}
func (ShowView) effect()           {}
func (Invoke) effect()             {}
func (LoadResult) effect()         {}
func (AskBot) effect()             {}
func (Load) effect()               {}
func (CheckHours) effect()         {}
func (CheckMetric) effect()        {}
func (GetMetrics) effect()         {}
func (SetQueue) effect()           {}
func (EnterQueue) effect()         {}
func (MoveToQueue) effect()        {}
func (RouteToAgent) effect()       {}
func (SetAttributes) effect()      {}
func (SetHook) effect()            {}
func (SetPriority) effect()        {}
func (SetRoutingCriteria) effect() {}
func (SetRecording) effect()       {}
func (SetProcessor) effect()       {}
func (UpdateContact) effect()      {}
func (Tag) effect()                {}
func (Untag) effect()              {}
func (Rehydrate) effect()          {}
func (Unsupported) effect()        {}
func (Disconnect) effect()         {}
func (End) effect()                {}
func (Failed) effect()             {}

// Speaker is who says something.
type Speaker string

// The speakers.
const (
	TheFlow Speaker = "flow"
	TheBot  Speaker = "bot"
)

// Message is something said.
type Message struct {
	Type string // content type
	Text string
	// Plain says the same to a client that cannot show Type; empty where nothing
	// does.
	Plain string `json:",omitzero"`
}

// Bot names a bot: a Lex V2 alias by its ARN, or an old bot by its names.
type Bot struct {
	AliasARN            string
	Name, Alias, Region string
}

// Reference is something that a contact refers to.
type Reference struct{ Type, Value string }

// Event is what a flow may wait for.
type Event string

// The events. The first one ends every wait.
const (
	TimerFired                 Event = "TimerFired"
	CustomerReturned           Event = "CustomerReturned" // the customer said something
	BotParticipantDisconnected Event = "BotParticipantDisconnected"
	LambdaReturned             Event = "LambdaReturned" // the asynchronous function has answered
)

// Outcome is how an effect went. Its zero value is plain success.
type Outcome struct {
	Error  string // the error type, such as NoMatchingError; empty is success
	Result string // where the effect has one
	Data   json.RawMessage

	Event      Event  // that ended a Wait
	Text       string // of CustomerReturned: what was said
	Invocation string // request id of an asynchronous Invoke
	Source     Source // what Load has fetched
}

// Source is a flow as an instance keeps it.
type Source struct {
	ID      string // under which State remembers it and Load asks for it again
	Version string // names this content for good
	Name    string
	Type    Type
	Flow    *Flow
}
