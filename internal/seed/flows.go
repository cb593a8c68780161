package seed

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
)

//go:embed flows/*.json
var flowFiles embed.FS

// stockFlow is a flow that every new instance has.
type stockFlow struct {
	key  string // what it is called here, and its file
	name string
	is   flow.Type
}

// inbound is the key of the flow that chats start with by default.
const inbound = "sample-inbound"

// stockFlows are the flows of a new instance, in the order of their ids in the
// dev instance. Scripts look them up by these names. The first is where chats
// start; the defaults stand in where nothing else is set.
var stockFlows = []stockFlow{
	{inbound, "Sample inbound flow (first contact experience)", flow.Inbound},
	{"default-agent-hold", "Default agent hold", flow.AgentHold},
	{"default-agent-transfer", "Default agent transfer", flow.AgentTransfer},
	{"default-agent-whisper", "Default agent whisper", flow.AgentWhisper},
	{"default-customer-hold", "Default customer hold", flow.CustomerHold},
	{"default-customer-queue", "Default customer queue", flow.CustomerQueue},
	{"default-customer-whisper", "Default customer whisper", flow.CustomerWhisper},
	{"default-outbound", "Default outbound", flow.OutboundWhisper},
	{"default-queue-transfer", "Default queue transfer", flow.QueueTransfer},
	{"sample-queue-customer", "Sample queue customer", flow.Inbound},
	{"sample-queue-configurations", "Sample queue configurations flow", flow.Inbound},
	{"sample-disconnect", "Sample disconnect flow", flow.Inbound},
	{"sample-lambda-integration", "Sample Lambda integration", flow.Inbound},
	{"sample-recording-behavior", "Sample recording behavior", flow.Inbound},
	{"sample-ab-test", "Sample AB test", flow.Inbound},
}

// devFlow returns the id of a flow in the dev instance, or nothing for what is
// none. Those of the flows behind the first count on from its id.
func devFlow(key string) contact.FlowID {
	for i, s := range stockFlows {
		if s.key == key {
			return contact.FlowID(fmt.Sprintf("%s%03x", strings.TrimSuffix(string(DevFlow), "001"), i+1))
		}
	}
	return ""
}

// addFlows gives an instance the flows of a new one, which use the queue.
func addFlows(d *directory.Directory, queue contact.QueueID, id func(stockFlow) contact.FlowID) {
	ids := make(map[string]contact.FlowID, len(stockFlows))
	for _, s := range stockFlows {
		ids[s.key] = id(s)
	}
	fill := strings.NewReplacer(
		"<queue>", string(queue),
		"<inbound>", string(ids[inbound]),
		"<customer-queue>", string(ids["default-customer-queue"]),
	)
	for _, s := range stockFlows {
		text, err := fs.ReadFile(flowFiles, "flows/"+s.key+".json")
		if err != nil {
			panic(err) // it is part of the program
		}
		f := &directory.Flow{ID: ids[s.key], Name: s.name, Type: string(s.is), Content: fill.Replace(string(text))}
		d.Flows[f.ID] = f
	}
	d.Instance.DefaultFlow = ids[inbound]
}
