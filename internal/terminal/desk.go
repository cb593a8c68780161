package terminal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bellpull/bellpull/chat"
	"github.com/bellpull/bellpull/internal/agentclient"
)

// Desk is an agent's desk in a terminal.
type Desk struct {
	Console    *Console
	Client     *agentclient.Client
	Endpoint   string // of the participant service
	HTTPClient *http.Client
	State      string // to be in at first; empty leaves it as it is
	AutoAccept bool   // accept what rings, clear what is over

	config   agentclient.Configuration
	socket   *chat.Socket
	snapshot agentclient.Snapshot
	chats    []*deskChat // by number, from 1; nil when it has left the desk
	current  *deskChat
	results  chan func() // what background work has to say to the loop
	work     sync.WaitGroup
}

// deskChat is a contact on the desk.
type deskChat struct {
	number  int
	contact agentclient.Contact
	talk    *talk // nil until accepted
	ended   bool
}

const deskHelp = `Type a message for the current chat and press Enter. NUMBER is that of a chat.
  /accept [NUMBER]       take a chat that rings
  /reject [NUMBER]       decline it
  /NUMBER [TEXT]         switch to a chat, or say something in it
  /chats                 list the chats
  /end [NUMBER]          end a chat
  /clear [NUMBER]        put a chat that is over off the desk
  /status [NAME]         list the states, or change to one
  /quit                  go offline and leave; so do Ctrl-C and Ctrl-D
  /help                  this`

// Run is the desk until the person leaves or ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	if err := d.Client.SignIn(ctx); err != nil {
		return err
	}
	config, err := d.Client.Configuration(ctx)
	if err != nil {
		return err
	}
	d.config = config
	if d.State != "" {
		if err := d.setState(ctx, d.State); err != nil {
			return err
		}
	}
	d.Console.Printf("Signed in as %s. /help lists the commands.", d.config.Name)

	ctx, cancel := context.WithCancel(ctx)
	defer d.work.Wait()
	defer cancel()
	d.results = make(chan func())
	defer d.closeTalks()
	d.Console.OnType(func() { d.post(ctx, func() { d.typing(ctx) }) })
	defer d.Console.OnType(nil)
	d.socket = chat.OpenSocket(d.Client.SocketURL, chat.SocketOptions{
		Topics:     []string{chat.TopicChat, agentclient.TopicSnapshot},
		HTTPClient: d.HTTPClient,
	})
	defer d.socket.Close()
	signals := make(chan chat.Signal)
	defer d.socket.Listen(func(sig chat.Signal) {
		select {
		case signals <- sig:
		case <-ctx.Done():
		}
	})()
	defer cancel() // before the listening stops

	for {
		select {
		case sig := <-signals:
			d.hear(ctx, sig)
		case do := <-d.results:
			do()
		case line, ok := <-d.Console.Lines():
			if !ok || line == "/quit" {
				return d.leave(ctx)
			}
			d.command(ctx, line)
		case <-ctx.Done():
			return d.leave(context.WithoutCancel(ctx))
		}
	}
}

// leave goes offline, so that nothing rings here any more.
func (d *Desk) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	for _, s := range d.config.AgentStates {
		if s.Type == "offline" {
			return d.Client.SetState(ctx, s)
		}
	}
	return nil
}

func (d *Desk) closeTalks() {
	for _, c := range d.chats {
		if c != nil && c.talk != nil {
			c.talk.session.Close()
		}
	}
}

// post has the loop do something soon.
func (d *Desk) post(ctx context.Context, do func()) {
	d.work.Go(func() {
		select {
		case d.results <- do:
		case <-ctx.Done():
		}
	})
}

// background makes a request, and prints how it failed if it does.
func (d *Desk) background(ctx context.Context, request func(context.Context) error) {
	d.work.Go(func() {
		if err := request(ctx); err != nil && ctx.Err() == nil {
			d.Console.Printf("%v", err)
		}
	})
}

func (d *Desk) hear(ctx context.Context, sig chat.Signal) {
	switch sig.Kind {
	case chat.Subscribed:
		d.Console.Print("(connected)")
	case chat.Lost:
		d.Console.Print("(connection lost; trying again)")
	case chat.Over, chat.Pinged: // the first does not happen: addresses are not refused for good
	case chat.Frame:
		if sig.Topic != agentclient.TopicSnapshot {
			return
		}
		s, err := agentclient.ParseSnapshot(sig.Content)
		if err != nil {
			d.Console.Printf("%v", err)
			return
		}
		d.see(ctx, s)
	}
}

// see compares the desk with how it was, and tells what has changed.
func (d *Desk) see(ctx context.Context, s agentclient.Snapshot) {
	if s.State.Name != d.snapshot.State.Name {
		d.Console.Printf("(you are %s)", s.State.Name)
	}
	if s.NextState != nil && (d.snapshot.NextState == nil || *s.NextState != *d.snapshot.NextState) {
		d.Console.Printf("(you will be %s after your chats)", s.NextState.Name)
	}
	d.snapshot = s
	for i, c := range d.chats {
		if c != nil && !slices.ContainsFunc(s.Contacts, func(now agentclient.Contact) bool { return now.ContactID == c.contact.ContactID }) {
			d.Console.Printf("[%d] is off the desk", c.number)
			d.drop(c)
			d.chats[i] = nil
		}
	}
	for _, contact := range s.Contacts {
		c := d.find(contact.ContactID)
		was := agentclient.ContactState("")
		if c == nil {
			c = &deskChat{number: len(d.chats) + 1}
			d.chats = append(d.chats, c)
		} else {
			was = c.contact.State.Type
		}
		c.contact = contact
		if contact.State.Type != was {
			d.changed(ctx, c)
		}
	}
}

func (d *Desk) find(contactID string) *deskChat {
	for _, c := range d.chats {
		if c != nil && c.contact.ContactID == contactID {
			return c
		}
	}
	return nil
}

// changed tells of the new state of a contact.
func (d *Desk) changed(ctx context.Context, c *deskChat) {
	contact, n := c.contact, c.number
	switch contact.State.Type {
	case agentclient.Connecting:
		d.Console.Printf("[%d] %s rings (%s). /accept %d or /reject %d", n, contact.Customer(), contact.Queue.Name, n, n)
		if d.AutoAccept {
			d.background(ctx, func(ctx context.Context) error { return d.Client.Accept(ctx, contact.ContactID) })
		}
		return
	case agentclient.Connected:
		d.Console.Printf("[%d] You are chatting with %s", n, contact.Customer())
		d.connect(ctx, c)
		if d.current == nil || d.current.talk == nil || d.current.ended {
			d.turnTo(c)
		}
		return
	case agentclient.Ended:
		d.Console.Printf("[%d] is over. /clear %d", n, n)
	case agentclient.Rejected:
		d.Console.Printf("[%d] was rejected. /clear %d", n, n)
	default:
		d.Console.Printf("[%d] was missed. /clear %d", n, n)
	}
	c.ended = true
	if d.AutoAccept {
		d.background(ctx, func(ctx context.Context) error { return d.Client.Clear(ctx, contact.ContactID) })
	}
}

// connect opens the session of an accepted chat.
func (d *Desk) connect(ctx context.Context, c *deskChat) {
	if c.talk != nil {
		return
	}
	contact, own := c.contact, c.contact.Agent()
	s, err := chat.Connect(ctx, chat.Details{
		ContactID:        contact.ContactID,
		InitialContactID: contact.InitialContactID,
		ParticipantID:    own.ConnectionID,
		ParticipantToken: own.ParticipantToken(),
	}, chat.Options{
		Endpoint:   d.Endpoint,
		HTTPClient: d.HTTPClient,
		Role:       chat.RoleAgent,
		Transport:  d.socket,
		Token: func(ctx context.Context) (chat.Token, error) {
			return d.Client.ChatToken(ctx, contact.ContactID, own.ConnectionID)
		},
	})
	if err != nil {
		d.Console.Printf("[%d] %v", c.number, err)
		return
	}
	t := newTalk(d.Console, s, fmt.Sprintf("[%d] ", c.number))
	t.attentive = func() bool { return d.current == c }
	c.talk = t
	d.work.Go(func() { t.send(ctx) })
	d.work.Go(func() {
		for ev := range s.Events() {
			select {
			case d.results <- func() { t.show(ev) }:
			case <-ctx.Done():
				return
			}
		}
	})
}

// drop lets go of a chat that has left the desk.
func (d *Desk) drop(c *deskChat) {
	if c.talk != nil {
		close(c.talk.outbox)
		d.work.Go(c.talk.session.Close)
	}
	if d.current != c {
		return
	}
	d.current = nil
	d.Console.Prompt("> ")
	for _, other := range d.chats {
		if other != nil && other != c && other.talk != nil && !other.ended {
			d.turnTo(other)
			return
		}
	}
}

// turnTo makes a chat the current one.
func (d *Desk) turnTo(c *deskChat) {
	d.current = c
	if c.talk != nil {
		c.talk.attend()
	}
	d.Console.Prompt(fmt.Sprintf("%d %s> ", c.number, c.contact.Customer()))
}

func (d *Desk) typing(ctx context.Context) {
	if c := d.current; c != nil && c.talk != nil && !c.ended {
		session := c.talk.session
		d.work.Go(func() { _ = session.Typing(ctx) }) // a hint, which may be lost
	}
}

// command does what was typed.
func (d *Desk) command(ctx context.Context, line string) {
	if line[0] != '/' {
		d.say(d.current, line)
		return
	}
	name, rest, _ := strings.Cut(line[1:], " ")
	rest = strings.TrimSpace(rest)
	if n, err := strconv.Atoi(name); err == nil {
		d.address(n, rest)
		return
	}
	switch name {
	case "help":
		d.Console.Print(deskHelp)
	case "chats":
		d.list()
	case "status":
		d.status(ctx, rest)
	case "accept":
		if c, ok := d.chosen(rest, "rings", agentclient.Connecting); ok {
			d.background(ctx, func(ctx context.Context) error { return d.Client.Accept(ctx, c.ContactID) })
		}
	case "reject":
		if c, ok := d.chosen(rest, "rings", agentclient.Connecting); ok {
			d.background(ctx, func(ctx context.Context) error { return d.Client.Reject(ctx, c.ContactID) })
		}
	case "end":
		if c, ok := d.chosen(rest, "is going on", agentclient.Connected); ok {
			d.background(ctx, func(ctx context.Context) error { return d.Client.End(ctx, c.ContactID, c.Agent().ConnectionID) })
		}
	case "clear":
		if c, ok := d.chosen(rest, "is over", agentclient.Ended, agentclient.Missed, agentclient.Rejected, agentclient.ContactError); ok {
			d.background(ctx, func(ctx context.Context) error { return d.Client.Clear(ctx, c.ContactID) })
		}
	default:
		d.Console.Printf("/%s is not a command; /help lists them", name)
	}
}

// chosen returns the chat that rest names, or else the current one, or else the
// first, that is in one of the given states. It says so if there is none.
func (d *Desk) chosen(rest, what string, states ...agentclient.ContactState) (agentclient.Contact, bool) {
	fits := func(c *deskChat) bool { return c != nil && slices.Contains(states, c.contact.State.Type) }
	if rest != "" {
		n, err := strconv.Atoi(rest)
		if err == nil && n >= 1 && n <= len(d.chats) && fits(d.chats[n-1]) {
			return d.chats[n-1].contact, true
		}
	} else if fits(d.current) {
		return d.current.contact, true
	} else if i := slices.IndexFunc(d.chats, fits); i >= 0 {
		return d.chats[i].contact, true
	}
	d.Console.Printf("no such chat %s", what)
	return agentclient.Contact{}, false
}

// address switches to a chat, or says something in it.
func (d *Desk) address(n int, text string) {
	switch {
	case n < 1 || n > len(d.chats) || d.chats[n-1] == nil:
		d.Console.Printf("there is no chat %d", n)
	case text != "":
		d.say(d.chats[n-1], text)
	default:
		d.turnTo(d.chats[n-1])
		d.Console.Printf("[%d] %s", n, d.chats[n-1].contact.Customer())
	}
}

func (d *Desk) say(c *deskChat, text string) {
	if c == nil || c.talk == nil || c.ended {
		d.Console.Print("there is no chat to say this in; /chats lists them")
		return
	}
	c.talk.say(text)
}

func (d *Desk) list() {
	none := true
	for _, c := range d.chats {
		if c == nil {
			continue
		}
		none = false
		mark := " "
		if c == d.current {
			mark = "*"
		}
		d.Console.Printf("%s[%d] %s, %s since %s", mark, c.number, c.contact.Customer(), c.contact.State.Type,
			c.contact.Since().Format(time.TimeOnly))
	}
	if none {
		d.Console.Print("there are no chats")
	}
}

// status lists the states, or changes to the one that name begins.
func (d *Desk) status(ctx context.Context, name string) {
	if name != "" {
		d.background(ctx, func(ctx context.Context) error { return d.setState(ctx, name) })
		return
	}
	for _, s := range d.config.AgentStates {
		mark := " "
		if s.Name == d.snapshot.State.Name {
			mark = "*"
		}
		d.Console.Printf("%s %s", mark, s.Name)
	}
}

func (d *Desk) setState(ctx context.Context, name string) error {
	for _, s := range d.config.AgentStates {
		if len(s.Name) >= len(name) && strings.EqualFold(s.Name[:len(name)], name) {
			return d.Client.SetState(ctx, s)
		}
	}
	return errors.New("there is no status " + strconv.Quote(name) + "; /status lists them")
}
