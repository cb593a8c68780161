package flow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// action is an action in the short form of the scripts, with all the ways on
// that its type needs, led to bye; more lines may be added.
func action(kind, parameters string, ways ...string) string {
	return "a: " + kind + " " + parameters + "\n" + strings.Join(ways, "\n") + "\nbye: DisconnectParticipant\n"
}

const (
	next    = "-> bye"
	onError = "! NoMatchingError -> bye"
	onNone  = "! NoMatchingCondition -> bye"
	onFull  = "! QueueAtCapacity -> bye"
)

// TestBrokenFlows breaks flows in one way each. The problem must be the only
// one, and at the right place.
func TestBrokenFlows(t *testing.T) {
	const p, tr = "Actions[0].Parameters", "Actions[0].Transitions"
	bot := `{"Text":"hi","LexV2Bot":{"AliasArn":"b"}}`
	for name, c := range map[string]struct{ flow, path, want string }{
		// The envelope.
		"another version":        {`{"Version":"2018-01-01","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`, "Version", "must be 2019-10-30"},
		"no version":             {`{"StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`, "Version", "must be 2019-10-30"},
		"no start":               {`{"Version":"2019-10-30","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`, "StartAction", "missing required property"},
		"a start that is not":    {`{"Version":"2019-10-30","StartAction":"b","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`, "StartAction", `there is no action "b"`},
		"actions that are none":  {`{"Version":"2019-10-30","StartAction":"a","Actions":{"a":1}}`, "Actions", "must be a list"},
		"an action that is none": {`{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}},7]}`, "Actions[1]", "must be an object"},
		"too many actions":       {manyActions(MaxActions + 1), "Actions", "251 actions are more than 250"},

		// Identifiers and types.
		"a name twice":             {action("TransferContactToQueue", "{}", next, onError, onFull) + "a: DisconnectParticipant\n", "Actions[2].Identifier", "is used twice"},
		"a name too long":          {strings.Repeat("x", 51) + ": DisconnectParticipant\n", "Actions[0].Identifier", "51 characters are more than 50"},
		"a name with a bracket":    {"a[0]: DisconnectParticipant\n", "Actions[0].Identifier", "must not contain"},
		"a name with a percent":    {"50%: DisconnectParticipant\n", "Actions[0].Identifier", "must not contain"},
		"a name of objects":        {"__proto__: DisconnectParticipant\n", "Actions[0].Identifier", "reserved"},
		"no name":                  {`{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant"},{"Type":"DisconnectParticipant"}]}`, "Actions[1].Identifier", "missing required property"},
		"a name that is a list":    {`{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant"},{"Identifier":"b","Type":"DisconnectParticipant","Parameters":[]}]}`, "Actions[1].Parameters", "must be an object"},
		"no type":                  {`{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Transitions":{}}]}`, "Actions[0].Type", "missing required property"},
		"a type that is not":       {action("PlayMusic", "{}", next), "Actions[0].Type", "Invalid Action type. Type: PlayMusic"},
		"a type of samples":        {action("SetContactAttributes", "{}", next), "Actions[0].Type", "Invalid Action type. Type: SetContactAttributes"},
		"an action of no such way": {`{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":[]}]}`, tr, "must be an object"},

		// Ways on.
		"no way on":                      {action("MessageParticipant", `{"Text":"x"}`, onError), tr + ".NextAction", "missing required property"},
		"a dead end":                     {action("MessageParticipant", `{"Text":"x"}`, "-> nowhere"), tr + ".NextAction", `there is no action "nowhere"`},
		"an error that leads nowhere":    {action("MessageParticipant", `{"Text":"x"}`, next, "! NoMatchingError -> nowhere"), tr + ".Errors[0].NextAction", `there is no action "nowhere"`},
		"a condition that leads nowhere": {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, "Equals CHAT -> nowhere", onNone), tr + ".Conditions[0].NextAction", `there is no action "nowhere"`},
		"a way on from the end":          {"a: DisconnectParticipant\n-> a\n", tr + ".NextAction", "does not support transitions"},
		"an error at the end":            {"a: EndFlowExecution\n! NoMatchingError -> a\n", tr + ".Errors", "does not support transitions"},
		"a condition at the end":         {"a: EndFlowExecution\nEquals x -> a\n", tr + ".Conditions", "does not support transitions"},
		"a missing error":                {action("UpdateContactTargetQueue", `{"QueueId":"q"}`, next), "Actions[0]", "missing required error. Error: NoMatchingError"},
		"a missing error of capacity":    {action("TransferContactToQueue", "{}", next, onError), "Actions[0]", "missing required error. Error: QueueAtCapacity"},
		"no branch for no match":         {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, "Equals CHAT -> bye"), "Actions[0]", "missing required error. Error: NoMatchingCondition"},
		"no time limit branch":           {action("ShowView", `{"ViewResource":{"Id":"v"},"InvocationTimeLimitSeconds":"60"}`, next, onNone, onError), "Actions[0]", "missing required error. Error: TimeLimitExceeded"},
		"no channel branch":              {action("UpdateContactMediaProcessing", `{"ChatProcessor":{"ProcessingEnabled":"True"}}`, next, onError), "Actions[0]", "missing required error. Error: ChannelMismatch"},
		"no redaction branch":            {action("UpdateContactRecordingAndAnalyticsBehavior", `{"ChatBehavior":{}}`, next, onError, "! ChannelMismatch -> bye"), "Actions[0]", "missing required error. Error: InFlightRedactionConfigurationFailed"},
		"an error it does not raise":     {action("MessageParticipant", `{"Text":"x"}`, next, onFull), tr + ".Errors[0].ErrorType", "Invalid Action error. Error: QueueAtCapacity"},
		"an error of logging":            {action("UpdateFlowLoggingBehavior", `{"FlowLoggingBehavior":"Enabled"}`, next, onError), tr + ".Errors[0].ErrorType", "Invalid Action error. Error: NoMatchingError"},
		"an error of a comparison":       {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, onNone, onError), tr + ".Errors[1].ErrorType", "Invalid Action error. Error: NoMatchingError"},
		"an error twice":                 {action("MessageParticipant", `{"Text":"x"}`, next, onError, onError), tr + ".Errors[1].ErrorType", "two branches"},
		"conditions without a result":    {action("MessageParticipant", `{"Text":"x"}`, next, "Equals x -> bye"), tr + ".Conditions", "does not support conditions"},
		"errors that are no list":        {`{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Transitions":{"Errors":{}}}]}`, tr + ".Errors", "must be a list"},
		"a condition that is no object":  {`{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Transitions":{"Conditions":["x"]}}]}`, tr + ".Conditions[0]", "must be an object"},

		// Conditions.
		"no operator":                  {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, `{"Operands":["x"]} -> bye`, onNone), tr + ".Conditions[0].Condition.Operator", "missing required property"},
		"an operator that is not":      {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, "NotEquals x -> bye", onNone), tr + ".Conditions[0].Condition.Operator", `no operator "NotEquals"`},
		"an operator of the prose":     {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, "NumericLessThan 1 -> bye", onNone), tr + ".Conditions[0].Condition.Operator", `no operator "NumericLessThan"`},
		"two operands":                 {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, `{"Operator":"Equals","Operands":["x","y"]} -> bye`, onNone), tr + ".Conditions[0].Condition.Operands", "one operand, not 2"},
		"an empty operand":             {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, `{"Operator":"Equals","Operands":[""]} -> bye`, onNone), tr + ".Conditions[0].Condition.Operands[0]", "must not be empty"},
		"a number that is none":        {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, "NumberLessThan many -> bye", onNone), tr + ".Conditions[0].Condition.Operands[0]", `"many" is no number`},
		"nested too deep":              {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, nested(6)+" -> bye", onNone), tr + ".Conditions[0].Condition.Operands[0].Operands[0].Operands[0].Operands[0].Operands[0]", "deeper than 5"},
		"too many conditions":          {action("Compare", `{"ComparisonValue":"$.Channel"}`, append(manyConditions(51), next, onNone)...), tr + ".Conditions", "51 conditions are more than 50"},
		"a join of nothing":            {action("Compare", `{"ComparisonValue":"$.Channel"}`, next, `{"Operator":"And","Operands":[]} -> bye`, onNone), tr + ".Conditions[0].Condition.Operands", "joins conditions"},
		"open only":                    {action("CheckHoursOfOperation", "{}", next, "Equals True -> bye", onError), "Actions[0]", "missing required condition. Condition: False"},
		"a loop that is never done":    {action("Loop", `{"LoopCount":"3"}`, next, "Equals ContinueLooping -> bye"), "Actions[0]", "missing required condition. Condition: DoneLooping"},
		"a loop with more results":     {action("Loop", `{"LoopCount":"3"}`, next, "Equals ContinueLooping -> bye", "Equals DoneLooping -> bye", "Equals Other -> bye"), tr + ".Conditions[2].Condition.Operands[0]", `"Other" is no result`},
		"a wait without its end":       {action("Wait", `{"TimeLimitSeconds":"60"}`, next, onError), "Actions[0]", "missing required condition. Condition: WaitCompleted"},
		"an event without a way":       {action("Wait", `{"TimeLimitSeconds":"60","Events":["CustomerReturned"]}`, next, "Equals WaitCompleted -> bye", onError), "Actions[0]", "missing required condition. Condition: CustomerReturned"},
		"a way without its event":      {action("Wait", `{"TimeLimitSeconds":"60"}`, next, "Equals WaitCompleted -> bye", "Equals CustomerReturned -> bye", onError), tr + ".Conditions[1].Condition.Operands[0]", `"CustomerReturned" is no result`},
		"a bot compared by parts":      {action("ConnectParticipantWithLexBot", bot, next, "TextContains x -> bye", onError), tr + ".Conditions[0].Condition.Operator", "does not go with"},
		"agents compared with many":    {action("CheckMetricData", `{"MetricType":"NumberOfAgentsAvailable"}`, next, "NumberGreaterThan 3 -> bye", onError, onNone), tr + ".Conditions[0].Condition.Operands[0]", "with 0 only"},
		"agents compared with less":    {action("CheckMetricData", `{"MetricType":"NumberOfAgentsOnline"}`, next, "NumberLessThan 0 -> bye", onError, onNone), tr + ".Conditions[0].Condition.Operator", "does not go with"},
		"percentages that fall":        {action("DistributeByPercentage", "{}", next, "NumberLessThan 50 -> bye", "NumberLessThan 30 -> bye", onNone), tr + ".Conditions[1].Condition.Operands[0]", "each limit above"},
		"percentages beyond a hundred": {action("DistributeByPercentage", "{}", next, "NumberLessThan 150 -> bye", onNone), tr + ".Conditions[0].Condition.Operands[0]", "at most 101"},

		// Parameters.
		"a parameter that is not":       {action("MessageParticipant", `{"Text":"x","Loud":"True"}`, next), p + ".Loud", "Invalid Action property name"},
		"a queue to transfer to":        {action("TransferContactToQueue", `{"QueueId":"q"}`, next, onError, onFull), p + ".QueueId", "Invalid Action property name"},
		"a parameter missing":           {action("TransferToFlow", "{}", next, onError), p + ".ContactFlowId", "missing required property"},
		"nothing to say":                {action("MessageParticipant", "{}", next), p + ".Text", "missing required property"},
		"two things to say":             {action("MessageParticipant", `{"Text":"x","SSML":"y"}`, next), p, "Only one of these properties may be defined"},
		"an empty text":                 {action("MessageParticipant", `{"Text":""}`, next), p + ".Text", "must not be empty"},
		"a text that is a list":         {action("MessageParticipant", `{"Text":["x"]}`, next), p + ".Text", "must be a text"},
		"a bot without a prompt":        {action("ConnectParticipantWithLexBot", `{"LexV2Bot":{"AliasArn":"b"}}`, next, onError), p, "At least one of [Text, PromptId, SSML, Media, LexInitializationData]"},
		"a prompt without a bot":        {action("ConnectParticipantWithLexBot", `{"Text":"x"}`, next, onError), p + ".LexV2Bot", "missing required property"},
		"a bot that is impatient":       {action("ConnectParticipantWithLexBot", `{"Text":"hi","LexV2Bot":{"AliasArn":"b"},"LexTimeoutSeconds":{"Text":"5"}}`, next, onError), p + ".LexTimeoutSeconds.Text", "from 60 to 604800"},
		"a queue and an agent":          {action("UpdateContactTargetQueue", `{"QueueId":"q","AgentId":"u"}`, next, onError), p, "Only one of these properties"},
		"a comparison of words":         {action("Compare", `{"ComparisonValue":"Channel"}`, next, onNone), p + ".ComparisonValue", "exactly one path"},
		"a comparison of two paths":     {action("Compare", `{"ComparisonValue":"$.Channel $.Name"}`, next, onNone), p + ".ComparisonValue", "exactly one path"},
		"a metric that is not":          {action("CheckMetricData", `{"MetricType":"NumberOfCats"}`, next, onError, onNone), p + ".MetricType", `"NumberOfCats" is none of`},
		"a wait too long":               {action("Wait", `{"TimeLimitSeconds":"604801"}`, next, "Equals WaitCompleted -> bye", onError), p + ".TimeLimitSeconds", "from 1 to 604800"},
		"a wait of no time":             {action("Wait", "{}", next, "Equals WaitCompleted -> bye", onError), p + ".TimeLimitSeconds", "missing required property"},
		"a loop without end":            {action("Loop", `{"LoopCount":"101"}`, next, "Equals ContinueLooping -> bye", "Equals DoneLooping -> bye"), p + ".LoopCount", "from 0 to 100"},
		"two hooks":                     {action("UpdateContactEventHooks", `{"EventHooks":{"CustomerQueue":"f","AgentHold":"g"}}`, next, onError), p + ".EventHooks", "exactly 1"},
		"a hook that is not":            {action("UpdateContactEventHooks", `{"EventHooks":{"CustomerSneezes":"f"}}`, next, onError), p + ".EventHooks.CustomerSneezes", "Invalid Action property name"},
		"a function with a long breath": {action("InvokeLambdaFunction", `{"LambdaFunctionARN":"f","InvocationTimeLimitSeconds":"61"}`, next, onError), p + ".InvocationTimeLimitSeconds", "from 1 to 60"},
		"a function waited for long":    {action("InvokeLambdaFunction", `{"LambdaFunctionARN":"f","InvocationTimeLimitSeconds":"9"}`, next, onError), p + ".InvocationTimeLimitSeconds", "within 8 seconds"},
		"a time limit by path":          {action("InvokeLambdaFunction", `{"LambdaFunctionARN":"f","InvocationTimeLimitSeconds":"$.Attributes.t"}`, next, onError), p + ".InvocationTimeLimitSeconds", "cannot be set by a path"},
		"an answer by path":             {action("InvokeLambdaFunction", `{"LambdaFunctionARN":"f","InvocationTimeLimitSeconds":"8","ResponseValidation":{"ResponseType":"$.Attributes.t"}}`, next, onError), p + ".ResponseValidation.ResponseType", "cannot be set by a path"},
		"logging by path":               {action("UpdateFlowLoggingBehavior", `{"FlowLoggingBehavior":"$.Attributes.t"}`, next), p + ".FlowLoggingBehavior", "cannot be set by a path"},
		"no attributes":                 {action("UpdateContactAttributes", `{"Attributes":{}}`, next, onError), p + ".Attributes", "must not be empty"},
		"an attribute that is a path":   {action("UpdateContactAttributes", `{"Attributes":{"a.b":"1"}}`, next, onError), p + ".Attributes.a.b", "neither $ nor a full stop"},
		"attributes of nobody":          {action("UpdateContactAttributes", `{"Attributes":{"a":"1"},"TargetContact":"Other"}`, next, onError), p + ".TargetContact", `"Other" is none of`},
		"an attribute that nests":       {action("UpdateContactAttributes", `{"Attributes":{"a":{"b":"c"}}}`, next, onError), p + ".Attributes.a", "must be a text"},
		"a flow attribute without one":  {action("UpdateFlowAttributes", `{"FlowAttributes":{"a":{}}}`, next, onError), p + ".FlowAttributes.a.Value", "missing required property"},
		"contact data of nobody":        {action("UpdateContactData", `{"Name":"x"}`, next, onError), p + ".TargetContact", "missing required property"},
		"seven tags":                    {action("TagContact", `{"Tags":{"a":"1","b":"1","c":"1","d":"1","e":"1","f":"1","g":"1"}}`, next, onError), p + ".Tags", "More than 6 tags"},
		"no tags to take off":           {action("UntagContact", `{"TagKeys":[]}`, next, onError), p + ".TagKeys", "must not be empty"},
		"a view without a limit":        {action("ShowView", `{"ViewResource":{"Id":"v"}}`, next, onNone, onError, "! TimeLimitExceeded -> bye"), p + ".InvocationTimeLimitSeconds", "missing required property"},
		"a view without a name":         {action("ShowView", `{"ViewResource":{},"InvocationTimeLimitSeconds":"60"}`, next, onNone, onError, "! TimeLimitExceeded -> bye"), p + ".ViewResource.Id", "missing required property"},
		"priority and age":              {action("UpdateContactRoutingBehavior", `{"QueuePriority":"1","QueueTimeAdjustmentSeconds":"5"}`, next), p, "Only one of these properties"},
		"a priority of nought":          {action("UpdateContactRoutingBehavior", `{"QueuePriority":"0"}`, next), p + ".QueuePriority", "whole number from 1"},
		"or within and":                 {action("UpdateRoutingCriteria", `{"RoutingCriteria":{"Steps":[{"Expression":{"AndExpression":[{"OrExpression":[]}]}}]}}`, next), p + ".RoutingCriteria.Steps[0].Expression.AndExpression[0].OrExpression", "at the top only"},
		"nine attributes":               {action("UpdateRoutingCriteria", `{"RoutingCriteria":{"Steps":[{"Expression":{"AndExpression":[`+strings.TrimSuffix(strings.Repeat(`{"AttributeCondition":{"Name":"n"}},`, 9), ",")+`]}}]}}`, next), p + ".RoutingCriteria.Steps[0].Expression.AndExpression", "9 attributes are more than 8"},
		"a step with a path for time":   {action("UpdateRoutingCriteria", `{"RoutingCriteria":{"Steps":[{"Expression":{"AttributeCondition":{}},"Expiry":{"DurationInSeconds":"$.Attributes.d"}}]}}`, next), p + ".RoutingCriteria.Steps[0].Expiry.DurationInSeconds", "cannot be set by a path"},
	} {
		content := c.flow
		if !strings.HasPrefix(content, "{") {
			content = compose(t, content)
		}
		f, err := Read(content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		problems, _ := Check(f, Options{Type: Inbound})
		if len(problems) != 1 || problems[0].Path != c.path || !strings.Contains(problems[0].String(), c.want) {
			t.Errorf("%s: problems %q, want one at %s with %q", name, fmt.Sprintf("%+v", problems), c.path, c.want)
			continue
		}
		if strings.HasPrefix(c.path, "Actions[0].") && problems[0].Action != f.Actions[0].ID {
			t.Errorf("%s: the problem is of action %q", name, problems[0].Action)
		}
	}
}

func manyActions(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,{"Identifier":"a%d","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}`, i)
	}
	return `{"Version":"2019-10-30","StartAction":"a0","Actions":[` + b.String()[1:] + `]}`
}

func manyConditions(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("Equals %d -> bye", i)
	}
	return all
}

func nested(n int) string {
	if n == 1 {
		return `{"Operator":"Equals","Operands":["x"]}`
	}
	return `{"Operator":"And","Operands":[` + nested(n-1) + `]}`
}

func TestTypesOfFlow(t *testing.T) {
	f, err := Read(compose(t, action("Wait", `{"TimeLimitSeconds":"60"}`, next, "Equals WaitCompleted -> bye", onError)))
	if err != nil {
		t.Fatal(err)
	}
	problems, warnings := Check(f, Options{Type: AgentWhisper})
	if len(problems) != 0 || len(warnings) != 2 {
		t.Errorf("loosely: problems %v, warnings %v, want two warnings", problems, warnings)
	}
	problems, _ = Check(f, Options{Type: AgentWhisper, Strict: true})
	want := []string{
		"Invalid Action type. Type: Wait, Path: Actions[0].Type, action a: Wait is not allowed in a flow of type AGENT_WHISPER",
		"Invalid Action type. Type: DisconnectParticipant, Path: Actions[1].Type, action bye: DisconnectParticipant is not allowed in a flow of type AGENT_WHISPER",
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReferencesAreLookedUp(t *testing.T) {
	f, err := Read(compose(t, `
q: UpdateContactTargetQueue {"QueueId":"q-1"}
  -> hook
  ! NoMatchingError -> hook
hook: UpdateContactEventHooks {"EventHooks":{"CustomerQueue":"f-in"}}
  -> fn
  ! NoMatchingError -> fn
fn: InvokeLambdaFunction {"LambdaFunctionARN":"$.Attributes.any","InvocationTimeLimitSeconds":"8"}
  -> go
  ! NoMatchingError -> go
go: TransferToFlow {"ContactFlowId":"f-in"}
  -> bye
  ! NoMatchingError -> bye
bye: DisconnectParticipant`))
	if err != nil {
		t.Fatal(err)
	}
	problems, _ := Check(f, Options{Lookup: func(kind ResourceKind, ref string) (Type, bool) {
		return Inbound, kind == FlowResource && ref == "f-in"
	}})
	var got []string
	for _, p := range problems {
		got = append(got, p.Path+": "+p.Detail)
	}
	want := []string{
		"Actions[0].Parameters.QueueId: there is no queue q-1",
		"Actions[1].Parameters.EventHooks.CustomerQueue: the flow must be of type CUSTOMER_QUEUE, it is CONTACT_FLOW",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWarnings(t *testing.T) {
	for name, c := range map[string]struct{ flow, want string }{
		"an action that nothing leads to":      {action("MessageParticipant", `{"Text":"x"}`, next) + "lost: EndFlowExecution\n", "Actions[2]: no way leads to this action"},
		"voice in a chat":                      {action("CheckVoiceId", "{}", next), "Actions[0].Type: CheckVoiceId does nothing in a chat; compare $.Channel before it"},
		"a circle":                             {"a: MessageParticipant {\"Text\":\"x\"}\n-> b\nb: MessageParticipant {\"Text\":\"y\"}\n-> a\n", "Actions[0]: the flow can run in circles here without waiting"},
		"voice behind a check of the channel":  {"c: Compare {\"ComparisonValue\":\"$.Channel\"}\n-> v\nEquals CHAT -> bye\n! NoMatchingCondition -> v\nv: CheckVoiceId\n-> bye\nbye: DisconnectParticipant\n", ""},
		"a circle that waits":                  {"a: Wait {\"TimeLimitSeconds\":\"9\"}\n-> a\nEquals WaitCompleted -> a\n! NoMatchingError -> a\n", ""},
		"a circle that counts":                 {"a: Loop {\"LoopCount\":\"9\"}\n-> bye\nEquals ContinueLooping -> a\nEquals DoneLooping -> bye\nbye: DisconnectParticipant\n", ""},
		"a circle through the end of its loop": {"a: Loop {\"LoopCount\":\"9\"}\n-> a\nEquals ContinueLooping -> a\nEquals DoneLooping -> a\n", "Actions[0]: the flow can run in circles here without waiting"},
	} {
		f, err := Read(compose(t, c.flow))
		if err != nil {
			t.Fatal(err)
		}
		problems, warnings := Check(f, Options{})
		got := ""
		for _, w := range warnings {
			got += w.Path + ": " + w.Message
		}
		if len(problems) != 0 || got != c.want {
			t.Errorf("%s: problems %v, warnings %q, want %q", name, problems, got, c.want)
		}
	}
}
