package flow

import "slices"

// The types of error by which branches are taken.
const (
	NoMatchingError                      = "NoMatchingError"     // any that has no name of its own
	NoMatchingCondition                  = "NoMatchingCondition" // the result met no condition
	InputTimeLimitExceeded               = "InputTimeLimitExceeded"
	TimeLimitExceeded                    = "TimeLimitExceeded"
	QueueAtCapacity                      = "QueueAtCapacity"
	ParticipantNotFound                  = "ParticipantNotFound"
	InvalidPhoneNumber                   = "InvalidPhoneNumber"
	InvalidCallbackNumber                = "InvalidCallbackNumber"
	CallbackNumberNotDialable            = "CallbackNumberNotDialable"
	ChannelMismatch                      = "ChannelMismatch"
	InFlightRedactionConfigurationFailed = "InFlightRedactionConfigurationFailed"
	MultipleFoundError                   = "MultipleFoundError"
	NoneFoundError                       = "NoneFoundError"
	CallFailed                           = "CallFailed"
	ConnectionTimeLimitExceeded          = "ConnectionTimeLimitExceeded"
)

// rule is what is known of a type of action: where it may stand, what it may
// carry, and how it leads on.
type rule struct {
	in types // flow types that may contain it

	parameters []parameter
	open       bool       // may carry others too, whose form is not known to us
	oneOf      [][]string // of each group exactly one must be there
	someOf     []string   // at least one must be there

	need     []string // error branches without which it is refused
	may      []string // others that it may have
	anyError bool     // its errors are not all known to us

	results results
	ends    bool   // nothing follows
	noNext  bool   // may lack NextAction
	voice   bool   // does nothing useful in a chat
	older   string // its name in the older format and in flow logs
}

// types is a set of flow types.
type types uint16

var typeOrder = []Type{
	Inbound, CustomerQueue, AgentWhisper, CustomerWhisper, CustomerHold, AgentHold,
	OutboundWhisper, AgentTransfer, QueueTransfer, Campaign, Module,
}

func in(list ...Type) (s types) {
	for _, t := range list {
		s |= 1 << slices.Index(typeOrder, t)
	}
	return s
}

func (s types) has(t Type) bool {
	i := slices.Index(typeOrder, t)
	return i >= 0 && s&(1<<i) != 0
}

// Where actions may stand. What may stand in an inbound flow may stand in a
// module too.
var (
	everywhere = in(typeOrder...)
	deciding   = in(Inbound, AgentTransfer, QueueTransfer, Module)
	talking    = deciding | in(CustomerQueue)
	whispering = talking | in(AgentWhisper, CustomerWhisper, OutboundWhisper)
	holding    = in(CustomerQueue, CustomerHold, AgentHold, Module)
)

// results says which conditions an action may have.
type results struct {
	any       bool     // any operator, any operand
	operators []string // these, with any operand
	need      []string // Equals with each of these must be there
	may       []string // these may
	check     func(c *checker, a *Action)
}

func (r *results) none() bool {
	return !r.any && len(r.operators)+len(r.need)+len(r.may) == 0 && r.check == nil
}

var rules = map[string]*rule{
	// What is said, and what is asked.
	"MessageParticipant": {
		in: whispering | in(CustomerHold, AgentHold), older: "PlayPrompt",
		parameters: prompt, oneOf: [][]string{{"Text", "PromptId", "SSML", "Media"}},
		may: []string{NoMatchingError},
	},
	"MessageParticipantIteratively": {
		in: holding, older: "LoopPrompts", voice: true, noNext: true,
		parameters: []parameter{need("Messages", listOf(fields(prompt...))), opt("InterruptFrequencySeconds", wholeNumber(0, 1<<31))},
		may:        []string{NoMatchingError}, results: results{may: []string{"MessagesInterrupted"}},
	},
	"ConnectParticipantWithLexBot": {
		in: talking, older: "GetUserInput",
		parameters: append([]parameter{
			opt("LexV2Bot", fields(need("AliasArn", resource(BotResource)))),
			opt("LexBot", fields(need("Name", anyText), opt("Region", anyText), need("Alias", anyText))),
			opt("LexSessionAttributes", mapOf(anyText)),
			opt("LexInitializationData", fields(need("InitialMessage", anyText))),
			opt("LexTimeoutSeconds", fields(need("Text", wholeNumber(60, 604800)))),
		}, prompt...),
		oneOf:   [][]string{{"LexV2Bot", "LexBot"}},
		someOf:  []string{"Text", "PromptId", "SSML", "Media", "LexInitializationData"},
		need:    []string{NoMatchingError},
		may:     []string{InputTimeLimitExceeded, NoMatchingCondition},
		results: results{operators: []string{Equals}},
	},
	"ShowView": {
		in: in(Inbound, CustomerQueue, Module), older: "ShowView",
		parameters: []parameter{
			need("ViewResource", fields(need("Id", resource(ViewResource)), opt("Version", anyText))),
			need("InvocationTimeLimitSeconds", wholeNumber(1, 604800)),
			opt("ViewData", anything),
			opt("SensitiveDataConfiguration", fields(opt("HideResponseOn", listOf(static(oneOf("TRANSCRIPT")))))),
		},
		need:    []string{NoMatchingCondition, NoMatchingError, TimeLimitExceeded},
		results: results{operators: []string{Equals}},
	},

	// Where the contact goes.
	"UpdateContactTargetQueue": {
		in: deciding, older: "SetQueue",
		parameters: []parameter{opt("QueueId", resource(QueueResource)), opt("AgentId", resource(AgentResource))},
		oneOf:      [][]string{{"QueueId", "AgentId"}}, need: []string{NoMatchingError},
	},
	"TransferContactToQueue": {
		in: deciding, older: "Transfer", need: []string{QueueAtCapacity, NoMatchingError},
	},
	"DequeueContactAndTransferToQueue": {
		in: in(CustomerQueue, Module), older: "Dequeue",
		parameters: []parameter{opt("QueueId", resource(QueueResource)), opt("AgentId", resource(AgentResource))},
		oneOf:      [][]string{{"QueueId", "AgentId"}}, need: []string{QueueAtCapacity, NoMatchingError},
	},
	"RouteContactToAgent": {
		in: in(CustomerQueue, Module), older: "RouteContactToAgent",
		parameters: []parameter{opt("AgentId", resource(AgentResource))}, open: true, may: []string{NoMatchingError},
	},
	"TransferToFlow": {
		in: deciding, older: "Transfer",
		parameters: []parameter{need("ContactFlowId", flowOf(Inbound))}, need: []string{NoMatchingError},
	},
	"InvokeFlowModule": {
		in: everywhere, older: "InvokeFlowModule",
		parameters: []parameter{need("FlowModuleId", resource(ModuleResource))}, open: true,
		need: []string{NoMatchingError}, may: []string{NoMatchingCondition},
		results: results{operators: []string{Equals}},
	},
	"EndFlowModuleExecution": {in: in(Module), older: "Return", ends: true, open: true},
	"DisconnectParticipant":  {in: talking, older: "Disconnect", ends: true},
	"EndFlowExecution":       {in: everywhere, older: "Resume", ends: true},

	// What is decided.
	"Compare": {
		in: everywhere, older: "CheckAttribute",
		parameters: []parameter{need("ComparisonValue", onePath)},
		need:       []string{NoMatchingCondition}, results: results{any: true},
	},
	"CheckHoursOfOperation": {
		in: talking, older: "CheckHoursOfOperation",
		parameters: []parameter{opt("HoursOfOperationId", resource(HoursResource))},
		need:       []string{NoMatchingError}, may: []string{NoMatchingCondition},
		results: results{need: []string{"True", "False"}, operators: []string{Equals}},
	},
	"CheckMetricData": {
		in: talking, older: "CheckQueueStatus",
		parameters: []parameter{
			need("MetricType", static(oneOf(metricsOfAgents[0], metricsOfAgents[1], metricsOfAgents[2], contactsInQueue, oldestContact))),
			opt("QueueId", resource(QueueResource)), opt("AgentId", resource(AgentResource)),
		},
		need: []string{NoMatchingCondition, NoMatchingError}, results: results{check: checkMetricConditions},
	},
	"GetMetricData": {
		in: everywhere, older: "GetQueueMetrics",
		parameters: []parameter{
			opt("QueueId", resource(QueueResource)), opt("AgentId", resource(AgentResource)),
			opt("QueueChannel", oneOf("Voice", "Chat", "Task", "Email", "VOICE", "CHAT", "TASK", "EMAIL")),
		}, open: true,
		need: []string{NoMatchingError},
	},
	"DistributeByPercentage": {
		in: talking, older: "RandomDistribution",
		need: []string{NoMatchingCondition}, results: results{check: checkPercentages},
	},
	"Loop": {
		in: everywhere, older: "Loop",
		parameters: []parameter{opt("LoopCount", wholeNumber(0, 100)), opt("LoopName", static(anyText)), opt("Elements", anything)},
		oneOf:      [][]string{{"LoopCount", "Elements"}},
		may:        []string{NoMatchingError}, results: results{need: []string{"ContinueLooping", "DoneLooping"}},
	},
	"Wait": {
		in: in(Inbound, CustomerQueue, Module), older: "Wait",
		parameters: []parameter{
			opt("TimeLimitSeconds", wholeNumber(1, 604800)), opt("TimeoutSeconds", wholeNumber(1, 604800)),
			opt("InvocationId", anyText),
			opt("Events", listOf(static(oneOf(string(CustomerReturned), string(BotParticipantDisconnected), string(LambdaReturned))))),
		},
		oneOf: [][]string{{"TimeLimitSeconds", "TimeoutSeconds"}},
		need:  []string{NoMatchingError}, may: []string{ParticipantNotFound, NoMatchingCondition},
		results: results{check: checkWaitConditions},
	},

	// What is kept.
	"UpdateContactAttributes": {
		in: everywhere, older: "SetAttributes",
		parameters: []parameter{need("Attributes", notEmpty(attributeKeys(mapOf(anyText)))), opt("TargetContact", static(oneOf("Current", "Related")))},
		need:       []string{NoMatchingError},
	},
	"UpdateFlowAttributes": {
		in: everywhere, older: "SetFlowAttributes",
		parameters: []parameter{need("FlowAttributes", notEmpty(mapOf(fields(need("Value", anyText)))))}, need: []string{NoMatchingError},
	},
	"UpdateContactData": {
		in: everywhere, older: "SetContactData",
		parameters: []parameter{
			need("TargetContact", static(oneOf("Current", "Related"))),
			opt("Name", anyText), opt("Description", anyText), opt("CustomerId", anyText), opt("LanguageCode", anyText),
			opt("References", mapOf(fields(opt("Type", anyText), need("Value", anyText)))),
		}, open: true, need: []string{NoMatchingError},
	},
	"TagContact": {
		in: everywhere, older: "TagContact",
		parameters: []parameter{need("Tags", notEmpty(atMost(6, mapOf(anyText))))}, need: []string{NoMatchingError},
	},
	"UntagContact": {in: everywhere, older: "UntagContact", parameters: untag, need: []string{NoMatchingError}},
	"UnTagContact": {in: everywhere, older: "UntagContact", parameters: untag, need: []string{NoMatchingError}},
	"CreatePersistentContactAssociation": {
		in: everywhere, older: "CreatePersistentContactAssociation",
		parameters: []parameter{need("RehydrationType", oneOf("ENTIRE_PAST_SESSION", "FROM_SEGMENT")), need("SourceContactId", anyText)},
		open:       true, may: []string{NoMatchingError},
	},

	// How the contact is treated.
	"UpdateContactEventHooks": {
		in: everywhere, older: "SetEventHook",
		parameters: []parameter{
			need("EventHooks", exactly(1, fields(hookParameters()...))), opt("EventHooksConfiguration", anything),
		}, need: []string{NoMatchingError},
	},
	"UpdateFlowLoggingBehavior": {
		in: everywhere, older: "SetLoggingBehavior",
		parameters: []parameter{need("FlowLoggingBehavior", static(oneOf("Enabled", "Disabled")))},
	},
	"UpdateContactRoutingBehavior": {
		in: talking, older: "UpdateRoutingPriority",
		parameters: []parameter{
			opt("QueuePriority", wholeNumber(1, 1<<63-1)), opt("QueueTimeAdjustmentSeconds", wholeNumber(-1<<31, 1<<31)),
		},
		oneOf: [][]string{{"QueuePriority", "QueueTimeAdjustmentSeconds"}}, may: []string{NoMatchingError},
	},
	"UpdateRoutingCriteria":        {in: talking, older: "SetRoutingCriteria", parameters: criteria, may: []string{NoMatchingError}},
	"UpdateContactRoutingCriteria": {in: talking, older: "SetRoutingCriteria", parameters: criteria, may: []string{NoMatchingError}},
	"UpdateContactRecordingBehavior": {
		in: talking, older: "SetRecordingBehavior",
		parameters: []parameter{
			opt("RecordingBehavior", openFields(opt("RecordedParticipants", listOf(static(oneOf("Agent", "Customer")))))),
			opt("AnalyticsBehavior", openFields(opt("Enabled", static(oneOf("True", "False", "true", "false"))))),
		},
		someOf: []string{"RecordingBehavior", "AnalyticsBehavior"}, may: []string{NoMatchingError},
	},
	"UpdateContactRecordingAndAnalyticsBehavior": {
		in: talking, older: "SetRecordingBehavior",
		parameters: []parameter{
			opt("ChatBehavior", openFields(opt("ChatAnalyticsBehavior", openFields(opt("Enabled", static(oneOf("True", "False", "true", "false"))))))),
			opt("VoiceBehavior", anything), opt("ScreenRecordingBehavior", anything),
		},
		oneOf: [][]string{{"ChatBehavior", "VoiceBehavior", "ScreenRecordingBehavior"}},
		need:  []string{NoMatchingError, ChannelMismatch}, may: []string{InFlightRedactionConfigurationFailed},
	},
	"UpdateContactMediaProcessing": {
		in: everywhere, older: "SetMediaProcessing",
		parameters: []parameter{need("ChatProcessor", fields(
			need("ProcessingEnabled", static(oneOf("True", "False", "true", "false"))),
			opt("LambdaProcessorARN", static(resource(LambdaResource))),
			opt("ChatProcessorSettings", fields(opt("DeliverUnprocessedMessages", static(oneOf("True", "False", "true", "false"))))),
		))},
		need: []string{NoMatchingError, ChannelMismatch},
	},

	// What is called.
	"InvokeLambdaFunction": {
		in: everywhere, older: "InvokeExternalResource",
		parameters: []parameter{
			need("LambdaFunctionARN", resource(LambdaResource)),
			need("InvocationTimeLimitSeconds", static(wholeNumber(1, maxAsyncSeconds))),
			opt("InvocationType", static(oneOf("SYNCHRONOUS", "ASYNCHRONOUS"))),
			opt("LambdaInvocationAttributes", mapOf(anything)),
			opt("ResponseValidation", fields(need("ResponseType", static(oneOf("STRING_MAP", "JSON"))))),
		},
		need: []string{NoMatchingError}, may: []string{TimeLimitExceeded},
	},
	// The service's name for this is not known, nor is that of a wait's
	// InvocationId (docs/fidelity.md#flows).
	"LoadLambdaResult": {
		in: everywhere, older: "InvokeExternalResource",
		parameters: []parameter{
			opt("InvocationId", anyText),
			opt("ResponseValidation", fields(need("ResponseType", static(oneOf("STRING_MAP", "JSON"))))),
		},
		need: []string{NoMatchingError},
	},

	// Voice only: parsed and kept, and in a chat they take the branch that is
	// documented for it.
	"GetParticipantInput": {
		in: talking, older: "GetUserInput", voice: true, open: true, anyError: true, parameters: prompt,
		need: []string{NoMatchingError}, results: results{any: true},
	},
	"UpdateContactTextToSpeechVoice":        voiceOnly("SetVoice"),
	"UpdateContactMediaStreamingBehavior":   voiceOnly("StartMediaStreaming"),
	"UpdateContactCallbackNumber":           voiceOnly("SetCallBackNumber"),
	"CreateCallbackContact":                 voiceOnly("CreateCallback"),
	"TransferParticipantToThirdParty":       voiceOnly("Transfer"),
	"TransferContactToAgent":                voiceOnly("Transfer"),
	"UpdatePreviousContactParticipantState": voiceOnly("HoldCustomer"),
	"ResumeContact":                         voiceOnly("ResumeContact"),
	"CheckVoiceId":                          voiceOnly("CheckVoiceId"),
	"StartVoiceIdStream":                    voiceOnly("StartVoiceIdStream"),
	"CheckOutboundCallStatus":               voiceOnly("CheckOutboundCallStatus"),
	"CompleteOutboundCall":                  voiceOnly("CompleteOutboundCall"),

	// Known, and not run here: they take their error branch.
	"AuthenticateParticipant":                   notRun("AuthenticateParticipant"),
	"CreateTask":                                notRun("CreateTask"),
	"CreateContact":                             notRun("CreateContact"),
	"StartOutboundChatContact":                  notRun("StartOutboundChatContact"),
	"StartOutboundEmailContact":                 notRun("StartOutboundEmailContact"),
	"RenderMessageTemplate":                     notRun("RenderMessageTemplate"),
	"LoadContactContent":                        notRun("LoadContactContent"),
	"EvaluateDataTableValues":                   notRun("EvaluateDataTableValues"),
	"ListDataTableValues":                       notRun("ListDataTableValues"),
	"UpsertDataTableValues":                     notRun("UpsertDataTableValues"),
	"GetCustomerProfile":                        notRun("GetCustomerProfile"),
	"CreateCustomerProfile":                     notRun("CreateCustomerProfile"),
	"UpdateCustomerProfile":                     notRun("UpdateCustomerProfile"),
	"AssociateContactToCustomerProfile":         notRun("AssociateContactToCustomerProfile"),
	"GetCustomerProfileObject":                  notRun("GetCustomerProfileObject"),
	"GetCalculatedAttributesForCustomerProfile": notRun("GetCalculatedAttributesForCustomerProfile"),
	"CheckSegmentMembership":                    notRun("CheckSegmentMembership"),
	"CreateCase":                                notRun("CreateCase"),
	"GetCase":                                   notRun("GetCase"),
	"UpdateCase":                                notRun("UpdateCase"),
	"CreateWisdomSession":                       notRun("CreateWisdomSession"),
	"ConnectParticipantWithAgenticCX":           notRun("ConnectParticipantWithAgenticCX"),
}

func voiceOnly(older string) *rule {
	return &rule{in: everywhere, older: older, voice: true, open: true, anyError: true, results: results{any: true}}
}

func notRun(older string) *rule {
	return &rule{in: everywhere, older: older, open: true, anyError: true, results: results{any: true}}
}

var (
	prompt = []parameter{
		opt("Text", anyText), opt("SSML", anyText), opt("PromptId", resource(PromptResource)),
		opt("Media", fields(need("Uri", anyText), need("SourceType", anyText), need("MediaType", anyText))),
	}
	untag    = []parameter{need("TagKeys", notEmpty(listOf(anyText)))}
	criteria = []parameter{need("RoutingCriteria", routingCriteria)}
)

// Hook is an occasion on which a flow of its own runs.
type Hook string

// The hooks, of which an action sets one at a time.
const (
	OnCustomerRemaining Hook = "CustomerRemaining" // the disconnect flow
	OnCustomerQueue     Hook = "CustomerQueue"
	OnAgentWhisper      Hook = "AgentWhisper"
	OnCustomerWhisper   Hook = "CustomerWhisper"
	OnCustomerHold      Hook = "CustomerHold"
	OnAgentHold         Hook = "AgentHold"
	OnDefaultAgentUI    Hook = "DefaultAgentUI"
	OnDisconnectAgentUI Hook = "DisconnectAgentUI"
	OnPauseContact      Hook = "PauseContact"
	OnResumeContact     Hook = "ResumeContact"
)

// hooks are all hooks with the type that their flows have.
var hooks = []struct {
	hook Hook
	runs Type
}{
	{OnCustomerRemaining, Inbound},
	{OnCustomerQueue, CustomerQueue},
	{OnAgentWhisper, AgentWhisper},
	{OnCustomerWhisper, CustomerWhisper},
	{OnCustomerHold, CustomerHold},
	{OnAgentHold, AgentHold},
	{OnDefaultAgentUI, Inbound},
	{OnDisconnectAgentUI, Inbound},
	{OnPauseContact, Inbound},
	{OnResumeContact, Inbound},
}

// Runs returns the type of the flows that a hook may run.
func (h Hook) Runs() Type {
	for _, one := range hooks {
		if one.hook == h {
			return one.runs
		}
	}
	return ""
}

func hookParameters() []parameter {
	var all []parameter
	for _, one := range hooks {
		all = append(all, opt(string(one.hook), flowOf(one.runs)))
	}
	return all
}

// The metrics that CheckMetricData compares.
var metricsOfAgents = []string{"NumberOfAgentsAvailable", "NumberOfAgentsStaffed", "NumberOfAgentsOnline"}

const (
	contactsInQueue = "NumberOfContactsInQueue"
	// oldestContact is compared in milliseconds, for all its name says.
	oldestContact = "OldestContactInQueueAgeSeconds"
)
