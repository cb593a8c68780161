package seed

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/password"
)

// How each kind of entry is read and written. A file says all of an entry: what
// it leaves out has its default, but for ids and secrets, which stay.

// Limits of what a file may say.
const (
	maxWaiting   = 1_000_000
	maxPriority  = 99
	maxDelay     = 9999 * time.Second
	maxSlots     = 10
	maxPairs     = 50 // queues of a routing profile
	maxAfterWork = 24 * time.Hour
	maxOrder     = 1000
	maxName      = 256 // bytes
)

var hoursShelf = shelf[directory.HoursID, directory.Hours]{
	of:   func(d *directory.Directory) map[directory.HoursID]*directory.Hours { return d.Hours },
	id:   func(h *directory.Hours) *directory.HoursID { return &h.ID },
	name: func(h *directory.Hours) *string { return &h.Name },
	form: func(_ *namer, h *directory.Hours) form {
		var overrides []any
		for _, o := range h.Overrides {
			overrides = append(overrides, form{}.with("name", o.Name).with("id", o.ID).with("description", o.Description).
				with("from", o.From).with("till", o.Till).with("periods", periodsForm(o.Periods)))
		}
		return form{}.with("name", h.Name).with("id", string(h.ID)).with("description", h.Description).
			with("time_zone", h.TimeZone).with("periods", periodsForm(h.Periods)).with("overrides", overrides)
	},
	read: func(b *builder, o *object, h *directory.Hours) {
		h.Description = o.text("description")
		h.TimeZone = cmp.Or(o.text("time_zone"), "UTC")
		if _, err := time.LoadLocation(h.TimeZone); err != nil || h.TimeZone == "Local" {
			o.wrong("time_zone", "%q is no time zone: use a name such as Europe/Berlin", h.TimeZone)
		}
		h.Periods = o.periods("periods")
		h.Overrides = nil
		for _, over := range o.objects("overrides") {
			h.Overrides = append(h.Overrides, b.override(over, h))
		}
		if len(h.Overrides) > directory.MaxOverrides {
			o.wrong("overrides", "hours may have %d at most", directory.MaxOverrides)
		}
	},
}

func (b *builder) override(o *object, h *directory.Hours) directory.HoursOverride {
	out := directory.HoursOverride{Name: o.text("name"), Description: o.text("description")}
	if out.Name == "" {
		o.wrong("name", "is missing")
	}
	out.From, out.Till = o.text("from"), o.text("till")
	if o.has("date") {
		if o.has("from") || o.has("till") {
			o.wrong("date", "is one day; say either date, or from and till")
		}
		out.From = o.text("date")
	}
	out.Till = cmp.Or(out.Till, out.From)
	for _, key := range []string{"date", "from", "till"} {
		if _, err := time.Parse(time.DateOnly, o.text(key)); err != nil && o.has(key) {
			o.wrong(key, "must be a date such as 2026-12-24")
		}
	}
	switch {
	case out.From == "":
		o.wrong("from", "is missing: say date, or from and till")
	case out.From > out.Till:
		o.wrong("till", "must not be before from")
	}
	out.Periods = o.periods("periods")
	out.ID = b.idOf(o, "override", string(h.ID)+"/"+out.Name+"/"+out.From)
	o.done()
	return out
}

var statusTypes = []word[contact.StatusType]{{"routable", contact.Routable}, {"custom", contact.Custom}, {"offline", contact.Offline}}

var statusShelf = shelf[contact.StatusID, directory.Status]{
	of:   func(d *directory.Directory) map[contact.StatusID]*directory.Status { return d.Statuses },
	id:   func(s *directory.Status) *contact.StatusID { return &s.ID },
	name: func(s *directory.Status) *string { return &s.Name },
	form: func(_ *namer, s *directory.Status) form {
		return form{}.with("name", s.Name).with("id", string(s.ID)).with("description", s.Description).
			with("type", nameOf(statusTypes, s.Type)).and("order", s.Order).with("disabled", s.Disabled)
	},
	read: func(_ *builder, o *object, s *directory.Status) {
		was := s.Type
		s.Type = oneOf(o, "type", statusTypes, "")
		switch {
		case !o.has("type"):
			o.wrong("type", "must be routable, custom or offline")
		case was != "" && was != s.Type:
			o.wrong("type", "the type of a status that is there cannot change")
		}
		s.Description, s.Disabled = o.text("description"), o.flag("disabled")
		s.Order = o.number("order", o.index+1, 0, maxOrder)
	},
}

var queueShelf = shelf[contact.QueueID, directory.Queue]{
	of:   func(d *directory.Directory) map[contact.QueueID]*directory.Queue { return d.Queues },
	id:   func(q *directory.Queue) *contact.QueueID { return &q.ID },
	name: func(q *directory.Queue) *string { return &q.Name },
	form: func(n *namer, q *directory.Queue) form {
		var connects []any
		for _, id := range q.Connects {
			connects = append(connects, n.ref(connectKind, string(id)))
		}
		return form{}.with("name", q.Name).with("id", string(q.ID)).with("description", q.Description).
			with("hours", n.ref(hoursKind, string(q.Hours))).with("max_contacts", q.MaxContacts).with("disabled", q.Disabled).
			with("quick_connects", connects)
	},
	read: func(b *builder, o *object, q *directory.Queue) {
		q.Description, q.Disabled = o.text("description"), o.flag("disabled")
		q.Hours = directory.HoursID(b.ref(o, "hours", hoursKind))
		q.MaxContacts = o.number("max_contacts", 0, 0, maxWaiting)
		q.Connects = nil
		for _, id := range b.refs(o, "quick_connects", connectKind) {
			q.Connects = append(q.Connects, directory.QuickConnectID(id))
		}
	},
}

var connectShelf = shelf[directory.QuickConnectID, directory.QuickConnect]{
	of:   func(d *directory.Directory) map[directory.QuickConnectID]*directory.QuickConnect { return d.Connects },
	id:   func(c *directory.QuickConnect) *directory.QuickConnectID { return &c.ID },
	name: func(c *directory.QuickConnect) *string { return &c.Name },
	form: func(n *namer, c *directory.QuickConnect) form {
		return form{}.with("name", c.Name).with("id", string(c.ID)).with("description", c.Description).
			with("queue", n.queue(c.Queue)).with("user", n.ref(userKind, string(c.User))).with("phone", c.Phone).
			with("flow", n.ref(flowKind, string(c.Flow)))
	},
	read: func(b *builder, o *object, c *directory.QuickConnect) {
		c.Description, c.Phone = o.text("description"), o.text("phone")
		c.Queue = contact.QueueID(b.ref(o, "queue", queueKind))
		c.User = contact.UserID(b.ref(o, "user", userKind))
		targets := 0
		for _, key := range []string{"queue", "user", "phone"} {
			if o.has(key) {
				targets++
			}
		}
		if targets != 1 {
			o.problem(o.at, "quick connect %q: say one of queue, user and phone", c.Name)
		}
		b.transferFlow(o, c)
	},
}

// transferFlow reads the flow of a quick connect; where none is named it is the
// one that stands in.
func (b *builder) transferFlow(o *object, c *directory.QuickConnect) {
	want := flow.QueueTransfer
	if o.has("user") {
		want = flow.AgentTransfer
	}
	if o.has("phone") {
		c.Flow = ""
		if o.has("flow") {
			o.wrong("flow", "a quick connect to a phone has none")
		}
		return
	}
	if !o.has("flow") {
		c.Flow = contact.FlowID(b.find(o, "flow", admin.DefaultNames[want], flowKind))
		return
	}
	c.Flow = contact.FlowID(b.ref(o, "flow", flowKind))
	if f := b.d.Flows[c.Flow]; f != nil && f.Type != string(want) {
		o.wrong("flow", "%q is a %s flow, and must be %s", f.Name, f.Type, want)
	}
}

var (
	timers   = []word[directory.AvailabilityTimer]{{"last_activity", directory.SinceLastActivity}, {"last_inbound", directory.SinceLastInbound}}
	channels = []word[string]{{"voice", "VOICE"}, {"task", "TASK"}, {"email", "EMAIL"}}
)

var profileShelf = shelf[directory.ProfileID, directory.RoutingProfile]{
	of:   func(d *directory.Directory) map[directory.ProfileID]*directory.RoutingProfile { return d.Profiles },
	id:   func(p *directory.RoutingProfile) *directory.ProfileID { return &p.ID },
	name: func(p *directory.RoutingProfile) *string { return &p.Name },
	form: func(n *namer, p *directory.RoutingProfile) form {
		var others, queues []any
		for _, c := range p.Others {
			others = append(others, form{}.with("channel", nameOf(channels, c.Channel)).and("slots", c.Slots).with("alone", c.Alone))
		}
		for _, q := range p.Queues {
			f := form{}.with("queue", n.queue(q.Queue))
			if q.Priority != 1 {
				f = f.with("priority", q.Priority)
			}
			queues = append(queues, f.with("delay", q.Delay))
		}
		timer := ""
		if p.Timer != directory.SinceLastActivity {
			timer = nameOf(timers, p.Timer)
		}
		return form{}.with("name", p.Name).with("id", string(p.ID)).with("description", p.Description).
			with("chat_concurrency", p.ChatConcurrency).with("chat_alone", p.ChatAlone).with("other_channels", others).
			with("availability_timer", timer).with("default_outbound_queue", n.queue(p.Outbound)).with("queues", queues)
	},
	read: func(b *builder, o *object, p *directory.RoutingProfile) {
		p.Description, p.ChatAlone = o.text("description"), o.flag("chat_alone")
		p.ChatConcurrency = o.number("chat_concurrency", 0, 1, maxSlots)
		if !o.has("chat_concurrency") {
			o.wrong("chat_concurrency", "must be 1 to %d", maxSlots)
		}
		p.Timer = oneOf(o, "availability_timer", timers, "")
		p.Outbound = contact.QueueID(b.ref(o, "default_outbound_queue", queueKind))
		p.Others = nil
		for _, c := range o.objects("other_channels") {
			p.Others = append(p.Others, directory.Concurrency{
				Channel: oneOf(c, "channel", channels, ""), Slots: c.number("slots", 1, 0, maxSlots), Alone: c.flag("alone"),
			})
			if !c.has("channel") {
				c.wrong("channel", "is missing")
			}
			c.done()
		}
		b.profileQueues(o, p)
	},
}

func (b *builder) profileQueues(o *object, p *directory.RoutingProfile) {
	p.Queues = nil
	served := map[contact.QueueID]bool{}
	for _, q := range o.objects("queues") {
		id := contact.QueueID(b.ref(q, "queue", queueKind))
		switch {
		case !q.has("queue"):
			q.wrong("queue", "is missing")
		case id != "" && served[id]:
			q.wrong("queue", "the profile has this queue already")
		}
		served[id] = true
		p.Queues = append(p.Queues, directory.ProfileQueue{
			Queue: id, Priority: q.number("priority", 1, 1, maxPriority), Delay: q.duration("delay", maxDelay),
		})
		q.done()
	}
	if len(p.Queues) > maxPairs {
		o.wrong("queues", "a routing profile may have %d at most", maxPairs)
	}
}

var userShelf = shelf[contact.UserID, directory.User]{
	of:   func(d *directory.Directory) map[contact.UserID]*directory.User { return d.Users },
	id:   func(u *directory.User) *contact.UserID { return &u.ID },
	name: func(u *directory.User) *string { return &u.Username },
	form: func(n *namer, u *directory.User) form {
		var skills []any
		for _, p := range u.Proficiencies {
			skills = append(skills, form{}.with("attribute", p.Attribute).with("value", p.Value).with("level", p.Level))
		}
		return form{}.with("username", u.Username).with("id", string(u.ID)).with("first_name", u.FirstName).with("last_name", u.LastName).
			hiding("password", u.PasswordHash).with("routing_profile", n.ref(profileKind, string(u.Profile))).
			with("auto_accept", u.AutoAccept).with("after_contact_work_limit", u.AfterWorkLimit).
			with("supervisor", u.Supervisor).with("proficiencies", skills)
	},
	read: func(b *builder, o *object, u *directory.User) {
		u.FirstName, u.LastName = o.text("first_name"), o.text("last_name")
		b.password(o, u)
		b.profile(o, u)
		u.AutoAccept, u.Supervisor = o.flag("auto_accept"), o.flag("supervisor")
		u.AfterWorkLimit = o.duration("after_contact_work_limit", maxAfterWork)
		u.Proficiencies = nil
		for _, p := range o.objects("proficiencies") {
			skill := directory.Proficiency{Attribute: p.text("attribute"), Value: p.text("value"), Level: p.decimal("level", 1, 5)}
			if skill.Attribute == "" || skill.Value == "" {
				p.problem(p.at, "a proficiency needs attribute, value and level")
			}
			u.Proficiencies = append(u.Proficiencies, skill)
			p.done()
		}
		if len(u.Proficiencies) > directory.MaxProficiencies {
			o.wrong("proficiencies", "a user may have %d at most", directory.MaxProficiencies)
		}
	},
}

// password reads the password, which may be said in one of three ways. A hash
// that it has is kept, so that nothing changes by saying it again; a user who
// is there may be described without it.
func (b *builder) password(o *object, u *directory.User) {
	text, hash := o.text("password"), o.text("password_hash")
	if o.has("password_file") {
		text, _ = b.secretFile(o, "password_file")
	}
	said := 0
	for _, key := range []string{"password", "password_hash", "password_file"} {
		if o.has(key) {
			said++
		}
	}
	switch {
	case said > 1:
		o.problem(o.at, "user %q: say one of password, password_hash and password_file", u.Username)
	case hash != "" && !password.Valid(hash):
		o.wrong("password_hash", "must be an argon2id hash such as $argon2id$v=19$m=19456,t=2,p=1$…$…")
	case hash != "":
		u.PasswordHash = hash
	case said == 1 && text == "" && !o.has("password_file"):
		o.wrong("password", "must not be empty")
	case said == 0 && u.PasswordHash == "":
		o.problem(o.at, "user %q: a password is missing; a user who is new needs one", u.Username)
	case text != "":
		u.PasswordHash = b.hash(u, text)
	}
}

// hash returns a hash of a password: the one that is there, if it is of the
// same.
func (b *builder) hash(u *directory.User, text string) string {
	for _, user := range []*directory.User{u, b.earlier[u.ID]} {
		if user != nil {
			if same, err := password.Check(user.PasswordHash, text); same && err == nil {
				return user.PasswordHash
			}
		}
	}
	return password.Hash(text, b.cost())
}

// profile reads the routing profile; the only one of the file, or where it has
// none the only one there is, needs no mention.
func (b *builder) profile(o *object, u *directory.User) {
	u.Profile = directory.ProfileID(b.ref(o, "routing_profile", profileKind))
	if o.has("routing_profile") {
		return
	}
	only := b.said[profileKind]
	switch {
	case len(only) == 1:
		for id := range only {
			u.Profile = directory.ProfileID(id)
		}
	case len(only) == 0 && len(b.d.Profiles) == 1:
		for id := range b.d.Profiles {
			u.Profile = id
		}
	default:
		o.wrong("routing_profile", "is missing")
	}
}

var flowTypes = func() (types []word[string]) {
	for _, t := range []flow.Type{
		flow.Inbound, flow.CustomerQueue, flow.AgentWhisper, flow.CustomerWhisper, flow.CustomerHold, flow.AgentHold,
		flow.OutboundWhisper, flow.AgentTransfer, flow.QueueTransfer, flow.Campaign,
	} {
		types = append(types, word[string]{string(t), string(t)})
	}
	return types
}()

var flowShelf = shelf[contact.FlowID, directory.Flow]{
	of:   admin.Flows.Of,
	id:   func(f *directory.Flow) *contact.FlowID { return &f.ID },
	name: func(f *directory.Flow) *string { return &f.Name },
	form: func(n *namer, f *directory.Flow) form {
		return flowForm(f, form{}.with("name", f.Name).with("id", string(f.ID)).with("type", f.Type))
	},
	read: func(b *builder, o *object, f *directory.Flow) {
		was := f.Type
		f.Type = oneOf(o, "type", flowTypes, string(flow.Inbound))
		if was != "" && was != f.Type {
			o.wrong("type", "the flow is there as %s, which cannot change", was)
		}
		b.flow(o, f)
	},
}

var moduleShelf = shelf[contact.FlowID, directory.Flow]{
	of:   admin.Modules.Of,
	id:   func(f *directory.Flow) *contact.FlowID { return &f.ID },
	name: func(f *directory.Flow) *string { return &f.Name },
	form: func(_ *namer, f *directory.Flow) form {
		return flowForm(f, form{}.with("name", f.Name).with("id", string(f.ID))).with("settings", f.Settings)
	},
	read: func(b *builder, o *object, f *directory.Flow) {
		f.Settings = o.text("settings")
		if f.Settings != "" && !isObject(f.Settings) {
			o.wrong("settings", "must be an object of JSON, as a text")
		}
		b.flow(o, f)
	},
}

var viewShelf = shelf[directory.ViewID, directory.View]{
	of:   func(d *directory.Directory) map[directory.ViewID]*directory.View { return d.Views },
	id:   func(v *directory.View) *directory.ViewID { return &v.ID },
	name: func(v *directory.View) *string { return &v.Name },
	form: func(_ *namer, v *directory.View) form {
		f := form{}.with("name", v.Name).with("id", string(v.ID)).with("description", v.Description).with("tags", tagsForm(v.Tags))
		content := v.Put(v.Content == nil)
		if content == nil {
			return f
		}
		actions := make([]any, len(content.Actions))
		for i, a := range content.Actions {
			actions[i] = a
		}
		return f.with("draft", v.Content == nil).with("actions", actions).hiding("content", content.Template)
	},
	read: func(b *builder, o *object, v *directory.View) { b.view(o, v) },
}

// view reads a view. Its versions are no matter of files.
func (b *builder) view(o *object, v *directory.View) {
	if v.Created.IsZero() {
		v.Created = b.o.Now
	}
	v.Description, v.Tags = o.text("description"), o.tags()
	var content directory.ViewContent
	for _, n := range o.list("actions") {
		action, ok := scalar(n)
		if !ok || action == "" {
			o.wrong("actions", "must be a list of texts")
		}
		content.Actions = append(content.Actions, action)
	}
	draft := o.flag("draft")
	template, ok := b.content(o)
	content.Template, content.Schema = template, directory.SchemaOf(template)
	switch {
	case !ok:
	case draft && v.Content != nil:
		o.wrong("draft", "the view has been published")
	case draft:
		v.Saved = &content
	case !isObject(template):
		o.wrong("content", "must be an object of JSON")
	case v.Content == nil || v.Content.Sum() != content.Sum():
		v.Publish(content, b.o.Now)
	}
}

// tags reads tags, nil where there are none.
func (o *object) tags() map[string]string {
	n := o.get("tags")
	if n == nil {
		return nil
	}
	tags, from := map[string]string{}, o.object(n)
	for key := range from.keys {
		tags[key] = from.text(key)
	}
	return tags
}

// flowForm adds what flows and modules have in common.
func flowForm(f *directory.Flow, to form) form {
	content, draft := f.Content, false
	if content == "" && f.Saved != "" {
		content, draft = f.Saved, true
	}
	return to.with("description", f.Description).with("tags", tagsForm(f.Tags)).with("archived", f.Archived).
		with("draft", draft).hiding("content", content)
}

// flow reads what flows and modules have in common. Its content is checked when
// everything that it may refer to is there.
func (b *builder) flow(o *object, f *directory.Flow) {
	f.Description, f.Archived = o.text("description"), o.flag("archived")
	f.Tags = o.tags()
	draft := o.flag("draft")
	content, ok := b.content(o)
	switch {
	case !ok:
	case len(content) > flow.MaxContent:
		o.wrong("content", "must have at most %d bytes", flow.MaxContent)
	case draft && f.Content != "":
		o.wrong("draft", "the flow has been published")
	case draft:
		f.Saved = content
	case content != f.Content:
		f.Publish(content, b.o.Now)
		f.Saved = ""
	}
}

var quickResponseShelf = shelf[directory.QuickResponseID, directory.QuickResponse]{
	of: func(d *directory.Directory) map[directory.QuickResponseID]*directory.QuickResponse {
		return d.QuickResponses
	},
	id:   func(q *directory.QuickResponse) *directory.QuickResponseID { return &q.ID },
	name: func(q *directory.QuickResponse) *string { return &q.Name },
	form: func(n *namer, q *directory.QuickResponse) form {
		var queues, profiles []any
		for _, id := range q.Queues {
			queues = append(queues, n.queue(id))
		}
		for _, id := range q.Profiles {
			profiles = append(profiles, n.ref(profileKind, string(id)))
		}
		return form{}.with("name", q.Name).with("id", string(q.ID)).with("description", q.Description).
			with("shortcut", q.Shortcut).with("markdown", q.Markdown).with("disabled", q.Disabled).
			with("queues", queues).with("routing_profiles", profiles).with("content", q.Content)
	},
	read: func(b *builder, o *object, q *directory.QuickResponse) {
		q.Description, q.Shortcut, q.Content = o.text("description"), o.text("shortcut"), o.text("content")
		q.Markdown, q.Disabled = o.flag("markdown"), o.flag("disabled")
		q.Queues, q.Profiles = nil, nil
		for _, id := range b.refs(o, "queues", queueKind) {
			q.Queues = append(q.Queues, contact.QueueID(id))
		}
		for _, id := range b.refs(o, "routing_profiles", profileKind) {
			q.Profiles = append(q.Profiles, directory.ProfileID(id))
		}
		switch n := utf8.RuneCountInString(q.Content); {
		case utf8.RuneCountInString(q.Name) > directory.MaxQuickResponseName:
			o.wrong("name", "must have at most %d characters", directory.MaxQuickResponseName)
		case strings.TrimSpace(q.Content) == "":
			o.problem(o.at, "quick response %q: content is missing", q.Name)
		case n > directory.MaxQuickResponse:
			o.wrong("content", "must have at most %d characters, and has %d", directory.MaxQuickResponse, n)
		case strings.ContainsAny(q.Shortcut, " /#\t\n") || utf8.RuneCountInString(q.Shortcut) > directory.MaxQuickResponseShortcut:
			o.wrong("shortcut", "must be a word of at most %d characters, without / and #", directory.MaxQuickResponseShortcut)
		}
	},
}

var functionShelf = shelf[string, directory.Association]{
	of:   func(d *directory.Directory) map[string]*directory.Association { return d.Associations },
	id:   func(a *directory.Association) *string { return &a.ARN },
	name: func(a *directory.Association) *string { return &a.ARN },
	mine: isFunction,
	form: func(_ *namer, a *directory.Association) form { return form{}.with("arn", a.ARN) },
	read: func(_ *builder, o *object, a *directory.Association) {
		made, err := admin.Function(a.ARN)
		if err != nil {
			o.wrong("arn", "must be the ARN of a function")
		}
		*a = made
	},
}

// isFunction tells functions from bots, by the ARN alone while one is read.
func isFunction(a *directory.Association) bool {
	return a.Kind == directory.LambdaFunction || a.Kind == "" && strings.Contains(a.ARN, ":lambda:")
}

var botShelf = shelf[string, directory.Association]{
	of:   functionShelf.of,
	id:   functionShelf.id,
	name: functionShelf.name,
	mine: func(a *directory.Association) bool { return !isFunction(a) },
	form: func(_ *namer, a *directory.Association) form {
		if a.Kind == directory.LexV1Bot {
			return form{}.with("name", a.Name).with("region", a.Region)
		}
		return form{}.with("arn", a.ARN)
	},
	read: func(_ *builder, o *object, a *directory.Association) {
		made, err := admin.Bot(a.ARN)
		if name, region, old := strings.Cut(a.ARN, "@"); old {
			made, err = admin.OldBot(name, region)
		}
		if err != nil {
			o.problem(o.at, "a bot is the ARN of an alias, or {name: …, region: …} for one of the old kind")
		}
		*a = made
	},
}

var keyShelf = shelf[string, directory.AccessKey]{
	of:   func(d *directory.Directory) map[string]*directory.AccessKey { return d.Keys },
	id:   func(k *directory.AccessKey) *string { return &k.ID },
	name: func(k *directory.AccessKey) *string { return &k.ID },
	form: func(_ *namer, k *directory.AccessKey) form {
		return form{}.with("id", k.ID).hiding("secret", k.Secret)
	},
	read: func(b *builder, o *object, k *directory.AccessKey) {
		said := 0
		for _, key := range []string{"secret", "secret_file", "secret_env"} {
			if o.has(key) {
				said++
			}
		}
		secret, ok := o.text("secret"), true
		switch {
		case said > 1:
			o.problem(o.at, "access key %q: say one of secret, secret_file and secret_env", k.ID)
		case o.has("secret_file"):
			secret, ok = b.secretFile(o, "secret_file")
		case o.has("secret_env"):
			if secret = b.file.Env[o.text("secret_env")]; secret == "" {
				o.wrong("secret_env", "the variable %s is not set", o.text("secret_env"))
				ok = false
			}
		}
		if k.Secret = cmp.Or(secret, k.Secret); k.Secret == "" && ok {
			o.problem(o.at, "access key %q: a secret is missing; a key that is new needs one", k.ID)
		}
	},
}
