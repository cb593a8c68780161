package seed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/password"
)

// file is a seed file. Things refer to each other by name; ids are made from
// the names where none are given, so that they are the same each time.
type file struct {
	Instance struct {
		ID          string `yaml:"id"`
		Alias       string `yaml:"alias"`
		Region      string `yaml:"region"`
		AccountID   string `yaml:"account_id"`
		DefaultFlow string `yaml:"default_flow"`
	} `yaml:"instance"`
	Statuses []struct {
		ID   string `yaml:"id"`
		Name string `yaml:"name"`
		Type string `yaml:"type"` // routable, custom or offline
	} `yaml:"statuses"`
	Queues []struct {
		ID          string `yaml:"id"`
		Name        string `yaml:"name"`
		MaxContacts int    `yaml:"max_contacts"`
		Disabled    bool   `yaml:"disabled"`
	} `yaml:"queues"`
	Profiles []struct {
		ID              string `yaml:"id"`
		Name            string `yaml:"name"`
		ChatConcurrency int    `yaml:"chat_concurrency"`
		Queues          []struct {
			Queue    string        `yaml:"queue"`
			Priority int           `yaml:"priority"`
			Delay    time.Duration `yaml:"delay"`
		} `yaml:"queues"`
	} `yaml:"routing_profiles"`
	Users []struct {
		ID             string        `yaml:"id"`
		Username       string        `yaml:"username"`
		FirstName      string        `yaml:"first_name"`
		LastName       string        `yaml:"last_name"`
		Password       string        `yaml:"password"`
		RoutingProfile string        `yaml:"routing_profile"`
		AutoAccept     bool          `yaml:"auto_accept"`
		AfterWorkLimit time.Duration `yaml:"after_contact_work_limit"`
	} `yaml:"users"`
	Flows []struct {
		ID   string `yaml:"id"`
		Name string `yaml:"name"`
		Type string `yaml:"type"`
		File string `yaml:"file"` // beside the seed file
		// Content is the flow itself, where there is no file.
		Content string `yaml:"content"`
	} `yaml:"flows"`
	AccessKeys []struct {
		ID     string `yaml:"id"`
		Secret string `yaml:"secret"`
	} `yaml:"access_keys"`
}

// Read reads a seed file. What the file leaves out entirely (statuses, queues,
// profiles, users, access keys) is as in the dev instance. Its flows stand beside
// those that every instance has, or in the place of the one of the same name.
// The file is taken as a whole or, with the first thing that is wrong, not at
// all.
func Read(name string) (*directory.Directory, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	d, err := Parse(data, func(flow string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(name), flow))
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// reader builds a directory and keeps the first error.
type reader struct {
	d   *directory.Directory
	err error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// id returns the given id, or one made of kind and name.
func (r *reader) id(given, kind, name string) string {
	if name == "" {
		r.fail("%s: a name is missing", kind)
	}
	if given == "" {
		sum := sha256.Sum256([]byte(string(r.d.Instance.ID) + "/" + kind + "/" + name))
		sum[6] = sum[6]&0x0f | 0x80 // version 8: made in a way of one's own
		sum[8] = sum[8]&0x3f | 0x80
		h := hex.EncodeToString(sum[:16])
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	}
	if !uuidForm.MatchString(given) {
		r.fail("%s %q: the id %q is not a UUID in lower case", kind, name, given)
	}
	return given
}

// Parse reads the text of a seed file as Read does; readFlow gets the files of
// flows.
func Parse(data []byte, readFlow func(string) ([]byte, error)) (*directory.Directory, error) {
	var f file
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&f); err != nil {
		return nil, err
	}
	r := &reader{d: Dev()}
	r.instance(&f)
	r.queues(&f)
	r.statuses(&f)
	r.profiles(&f)
	r.users(&f)
	r.flows(&f, readFlow)
	r.keys(&f)
	return r.d, r.err
}

func (r *reader) instance(f *file) {
	in := &r.d.Instance
	if f.Instance.ID != "" {
		in.ID = contact.InstanceID(r.id(f.Instance.ID, "instance", "instance"))
	}
	for to, from := range map[*string]string{&in.Alias: f.Instance.Alias, &in.Region: f.Instance.Region, &in.AccountID: f.Instance.AccountID} {
		if from != "" {
			*to = from
		}
	}
}

func (r *reader) queues(f *file) {
	if f.Queues != nil {
		clear(r.d.Queues)
	}
	for _, q := range f.Queues {
		id := contact.QueueID(r.id(q.ID, "queue", q.Name))
		r.d.Queues[id] = &directory.Queue{ID: id, Name: q.Name, MaxContacts: q.MaxContacts, Disabled: q.Disabled}
	}
}

func (r *reader) statuses(f *file) {
	if f.Statuses == nil {
		return
	}
	clear(r.d.Statuses)
	types := map[string]contact.StatusType{"routable": contact.Routable, "custom": contact.Custom, "offline": contact.Offline}
	for i, s := range f.Statuses {
		id := contact.StatusID(r.id(s.ID, "status", s.Name))
		kind, ok := types[s.Type]
		if !ok {
			r.fail("status %q: the type must be routable, custom or offline", s.Name)
		}
		r.d.Statuses[id] = &directory.Status{ID: id, Name: s.Name, Type: kind, Order: i + 1}
	}
}

func (r *reader) profiles(f *file) {
	if f.Profiles != nil {
		clear(r.d.Profiles)
	}
	for _, p := range f.Profiles {
		out := &directory.RoutingProfile{ID: directory.ProfileID(r.id(p.ID, "routing profile", p.Name)), Name: p.Name, ChatConcurrency: p.ChatConcurrency}
		if p.ChatConcurrency < 1 || p.ChatConcurrency > 10 {
			r.fail("routing profile %q: chat_concurrency must be 1 to 10", p.Name)
		}
		for _, q := range p.Queues {
			id, ok := r.queue(q.Queue)
			if !ok {
				r.fail("routing profile %q: there is no queue %q", p.Name, q.Queue)
			}
			out.Queues = append(out.Queues, directory.ProfileQueue{Queue: id, Priority: max(q.Priority, 1), Delay: q.Delay})
		}
		r.d.Profiles[out.ID] = out
	}
	for _, p := range r.d.Profiles { // those of the dev instance may have lost theirs
		kept := p.Queues[:0]
		for _, q := range p.Queues {
			if r.d.Queues[q.Queue] != nil {
				kept = append(kept, q)
			}
		}
		p.Queues = kept
	}
}

func (r *reader) queue(name string) (contact.QueueID, bool) {
	for id, q := range r.d.Queues {
		if q.Name == name || string(id) == name {
			return id, true
		}
	}
	return "", false
}

func (r *reader) users(f *file) {
	if f.Users != nil {
		clear(r.d.Users)
	}
	for _, u := range f.Users {
		out := &directory.User{
			ID: contact.UserID(r.id(u.ID, "user", u.Username)), Username: u.Username, FirstName: u.FirstName, LastName: u.LastName,
			AutoAccept: u.AutoAccept, AfterWorkLimit: u.AfterWorkLimit, PasswordHash: password.Hash(u.Password, trivial),
		}
		if u.Password == "" {
			r.fail("user %q: a password is missing", u.Username)
		}
		for id, p := range r.d.Profiles {
			if p.Name == u.RoutingProfile || u.RoutingProfile == "" && len(r.d.Profiles) == 1 {
				out.Profile = id
			}
		}
		if out.Profile == "" {
			r.fail("user %q: there is no routing profile %q", u.Username, u.RoutingProfile)
		}
		r.d.Users[out.ID] = out
	}
}

func (r *reader) flows(f *file, read func(string) ([]byte, error)) {
	in := &r.d.Instance
	ids := r.stockFlows(f)
	for i, fl := range f.Flows {
		content := []byte(fl.Content)
		var err error
		if fl.Content == "" {
			content, err = read(fl.File)
		}
		if err == nil {
			_, err = flow.Parse(string(content))
		}
		if err != nil {
			r.fail("flow %q: %w", fl.Name, err)
			return
		}
		if fl.Type == "" {
			fl.Type = "CONTACT_FLOW"
		}
		id := ids[fl.Name]
		if id == "" {
			id = contact.FlowID(r.id(fl.ID, "flow", fl.Name))
		}
		r.d.Flows[id] = &directory.Flow{ID: id, Name: fl.Name, Type: fl.Type, Content: string(content)}
		if i == 0 {
			in.DefaultFlow = id
		}
	}
	want := f.Instance.DefaultFlow
	for id, fl := range r.d.Flows {
		if fl.Name == want {
			in.DefaultFlow = id
		}
	}
	if want != "" && r.d.Flows[in.DefaultFlow].Name != want {
		r.fail("instance: there is no flow %q", want)
	}
}

// stockFlows makes the flows that every instance has, which use the file's first
// queue, and returns their ids by their names: the file may give one another.
func (r *reader) stockFlows(f *file) map[string]contact.FlowID {
	queue := DevQueue
	if len(f.Queues) > 0 {
		queue, _ = r.queue(f.Queues[0].Name)
	}
	ids := make(map[string]contact.FlowID, len(stockFlows))
	for _, s := range stockFlows {
		ids[s.name] = devFlow(s.key)
		for _, fl := range f.Flows {
			if fl.Name == s.name && fl.ID != "" {
				ids[s.name] = contact.FlowID(r.id(fl.ID, "flow", fl.Name))
			}
		}
	}
	clear(r.d.Flows)
	addFlows(r.d, queue, func(s stockFlow) contact.FlowID { return ids[s.name] })
	return ids
}

func (r *reader) keys(f *file) {
	for _, k := range f.AccessKeys {
		if k.ID == "" || k.Secret == "" {
			r.fail("access_keys: id and secret are required")
		}
		r.d.Keys[k.ID] = &directory.AccessKey{ID: k.ID, Secret: k.Secret}
	}
}
