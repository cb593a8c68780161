// Package seed makes directories: the one that every bellpull dev starts with,
// a fresh one for bellpull serve, and those that a YAML file describes.
package seed

import (
	"strconv"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/password"
)

// The ids of the dev instance are fixed, so that people can paste them into
// their code.
const (
	DevInstance      contact.InstanceID  = "b3110000-0000-4000-8000-000000000001"
	DevFlow          contact.FlowID      = "b3110000-0000-4000-8000-00000000f001"
	DevQueue         contact.QueueID     = "b3110000-0000-4000-8000-00000000a001"
	devHours         directory.HoursID   = "b3110000-0000-4000-8000-00000000b001"
	devProfile       directory.ProfileID = "b3110000-0000-4000-8000-00000000d001"
	devStatus                            = "b3110000-0000-4000-8000-00000000c00"
	devUser                              = "b3110000-0000-4000-8000-00000000e00"
	devConnect                           = "b3110000-0000-4000-8000-00000000bc0"
	devQuickResponse                     = "b3110000-0000-4000-8000-00000000bd0"

	DevAccessKey = "dev"
	DevSecret    = "dev-secret"

	region    = "us-west-2"
	accountID = "000000000000"
)

// Agent is a user together with the password, for those who need to know it.
type Agent struct {
	Username string
	Password string
	ID       contact.UserID
}

// DevAgents are the agents of the dev instance. Their passwords are no secret.
var DevAgents = []Agent{
	{"ana", "ana-rings-twice", devUser + "1"},
	{"ben", "ben-rings-twice", devUser + "2"},
}

// trivial is the cost of hashes of passwords that are no secret.
var trivial = password.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}

// Dev returns the directory of the dev instance.
func Dev() *directory.Directory {
	d := basic(func(kind string) string {
		if id := string(devFlow(kind)); id != "" {
			return id
		}
		return map[string]string{
			"instance": string(DevInstance), "hours": string(devHours), "queue": string(DevQueue), "profile": string(devProfile),
			"available": devStatus + "1", "offline": devStatus + "2", "break": devStatus + "3",
		}[kind]
	})
	d.Keys[DevAccessKey] = &directory.AccessKey{ID: DevAccessKey, Secret: DevSecret}
	for _, a := range DevAgents {
		d.Users[a.ID] = agent(d, a, trivial)
	}
	d.Users[DevAgents[0].ID].Supervisor = true
	d.Instance.MultiParty = true
	d.Associations[callout.DemoBotARN] = &directory.Association{ARN: callout.DemoBotARN, Kind: directory.LexV2Bot}
	addConnects(d)
	addQuickResponses(d)
	return d
}

// addQuickResponses gives the dev instance something that agents say often.
func addQuickResponses(d *directory.Directory) {
	for i, q := range []directory.QuickResponse{
		{Name: "Greeting", Shortcut: "hi", Content: "Hello {{customer.name}}, I am {{agent.name}}. What can I do for you?"},
		{Name: "One moment", Shortcut: "moment", Content: "One moment please, I am looking it up."},
		{Name: "Goodbye", Shortcut: "bye", Content: "Thank you for writing to us, {{customer.name}}. **Have a good day!**", Markdown: true},
	} {
		q.ID = directory.QuickResponseID(devQuickResponse + strconv.Itoa(i+1))
		d.QuickResponses[q.ID] = &q
	}
}

// addConnects gives the dev instance a quick connect to its queue and one to
// each of its agents, for those who work on the queue.
func addConnects(d *directory.Directory) {
	queue := d.Queues[DevQueue]
	all := []directory.QuickConnect{{Name: queue.Name, Queue: DevQueue, Flow: devFlow("default-queue-transfer")}}
	for _, a := range DevAgents {
		all = append(all, directory.QuickConnect{Name: a.Username, User: a.ID, Flow: devFlow("default-agent-transfer")})
	}
	for i, c := range all {
		c.ID = directory.QuickConnectID(devConnect + strconv.Itoa(i+1))
		d.Connects[c.ID] = &c
		queue.Connects = append(queue.Connects, c.ID)
	}
}

// Fresh returns a new instance with one agent and one access key, whose
// secrets are random.
func Fresh(ids *contact.IDs) (d *directory.Directory, first Agent, key directory.AccessKey) {
	d = basic(func(string) string { return ids.New() })
	first = Agent{Username: "agent", Password: ids.New(), ID: contact.UserID(ids.New())}
	d.Users[first.ID] = agent(d, first, password.Strong)
	key = directory.AccessKey{ID: "BELL" + compact(ids.New())[:16], Secret: compact(ids.New() + ids.New())[:40]}
	d.Keys[key.ID] = &key
	return d, first, key
}

// compact makes the digits of a UUID upper case, without its hyphens.
func compact(uuid string) string {
	out := make([]byte, 0, len(uuid))
	for i := range len(uuid) {
		switch c := uuid[i]; {
		case c == '-':
		case 'a' <= c && c <= 'f':
			out = append(out, c-'a'+'A')
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

func agent(d *directory.Directory, a Agent, cost password.Cost) *directory.User {
	u := &directory.User{ID: a.ID, Username: a.Username, FirstName: title(a.Username), PasswordHash: password.Hash(a.Password, cost)}
	for id := range d.Profiles {
		u.Profile = id
	}
	return u
}

func title(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// basic returns what every new instance has: one queue that is always open, a
// routing profile that serves it, the statuses, and the flows, of which the first greets and queues.
func basic(id func(kind string) string) *directory.Directory {
	d := directory.New()
	queue := contact.QueueID(id("queue"))
	profile := directory.ProfileID(id("profile"))
	d.Instance = directory.Instance{
		ID: contact.InstanceID(id("instance")), Alias: "bellpull", Region: region, AccountID: accountID,
	}
	hours := directory.Always(directory.HoursID(id("hours")), "Basic Hours")
	d.Hours[hours.ID] = hours
	d.Queues[queue] = &directory.Queue{ID: queue, Name: "BasicQueue", Hours: hours.ID}
	d.Profiles[profile] = &directory.RoutingProfile{
		ID: profile, Name: "Basic Routing Profile", ChatConcurrency: 5,
		Queues: []directory.ProfileQueue{{Queue: queue, Priority: 1}}, Outbound: queue,
	}
	for i, s := range []directory.Status{
		{ID: contact.StatusID(id("available")), Name: "Available", Type: contact.Routable},
		{ID: contact.StatusID(id("offline")), Name: "Offline", Type: contact.Offline},
		{ID: contact.StatusID(id("break")), Name: "Break", Type: contact.Custom},
	} {
		s.Order = i + 1
		d.Statuses[s.ID] = &s
	}
	addFlows(d, queue, func(s stockFlow) contact.FlowID { return contact.FlowID(id(s.key)) })
	return d
}
