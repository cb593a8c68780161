package terminal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bellpull/bellpull/agent"
)

// Desk is an agent's desk in a terminal.
type Desk struct {
	Console    *Console
	Agent      agent.Options // who signs in, and where
	State      string        // to be in at first; empty leaves it as it is
	AutoAccept bool          // accept what rings, clear what is over

	desk    *agent.Desk
	state   string      // that the agent is in
	chats   []*deskChat // by number, from 1; nil when it has left the desk
	current *deskChat
	results chan func() // what background work has to say to the loop
	work    sync.WaitGroup
}

// deskChat is a contact on the desk.
type deskChat struct {
	number  int
	contact agent.Contact
	talk    *talk // nil until accepted
	ended   bool
}

const deskHelp = `Type a message for the current chat and press Enter. NUMBER is that of a chat.
  /accept [NUMBER]       take a chat that rings
  /reject [NUMBER]       decline it
  /NUMBER [TEXT]         switch to a chat, or say something in it
  /send FILE             send a file in the current chat
  /save [FILE]           save the last file of the current chat
  /chats                 list the chats
  /end [NUMBER]          end a chat
  /clear [NUMBER]        put a chat that is over off the desk
  /status [NAME]         list the states, or change to one
  /quit                  go offline and leave; so do Ctrl-C and Ctrl-D
  /help                  this`

// Run is the desk until the person leaves, the server lets the agent in no more,
// or ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	var err error
	if d.desk, err = agent.SignIn(ctx, d.Agent); err != nil {
		return err
	}
	defer d.desk.Close()
	if d.State != "" {
		if err := d.setState(ctx, d.State); err != nil {
			return err
		}
	}
	d.Console.Printf("Signed in as %s. /help lists the commands.", d.desk.Configuration().Name)

	ctx, cancel := context.WithCancel(ctx)
	defer d.work.Wait()
	defer cancel()
	d.results = make(chan func())
	d.Console.OnType(func() { d.post(ctx, func() { d.typing(ctx) }) })
	defer d.Console.OnType(nil)

	for {
		select {
		case ev, ok := <-d.desk.Events():
			if !ok {
				return d.desk.Err()
			}
			d.hear(ctx, ev)
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
	isOffline := func(s agent.State) bool { return s.Type == agent.Offline }
	if !slices.ContainsFunc(d.desk.Configuration().States, isOffline) {
		return nil
	}
	return d.desk.SetNextState(ctx, agent.State{Type: agent.Offline})
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

// hear tells what has happened.
func (d *Desk) hear(ctx context.Context, ev agent.Event) {
	switch ev := ev.(type) {
	case agent.ConnectionEstablished:
		d.Console.Print("(connected)")
	case agent.ConnectionLost:
		d.Console.Print("(connection lost; trying again)")
	case agent.StateEvent:
		d.state = ev.New.Name
		d.Console.Printf("(you are %s)", ev.New.Name)
	case agent.NextStateEvent:
		d.Console.Printf("(you will be %s after your chats)", ev.Name)
	case agent.AppearedEvent:
		d.chats = append(d.chats, &deskChat{number: len(d.chats) + 1, contact: ev.Contact})
	case agent.ConnectingEvent:
		d.rings(ctx, d.update(ev.Contact))
	case agent.ConnectedEvent:
		d.connected(ctx, d.update(ev.Contact))
	case agent.EndedEvent:
		d.over(ctx, d.update(ev.Contact))
	case agent.DestroyedEvent:
		d.drop(d.update(ev.Contact))
	case agent.RefreshedEvent:
		for _, c := range ev.Contacts {
			d.update(c)
		}
	}
}

// update takes in how a contact is now, and returns its chat.
func (d *Desk) update(now agent.Contact) *deskChat {
	c := d.find(now.ID)
	c.contact = now
	return c
}

func (d *Desk) find(contactID string) *deskChat {
	for _, c := range d.chats {
		if c != nil && c.contact.ID == contactID {
			return c
		}
	}
	return nil
}

func (d *Desk) rings(ctx context.Context, c *deskChat) {
	d.Console.Printf("[%d] %s rings (%s). /accept %d or /reject %d", c.number, c.customer(), c.contact.Queue.Name, c.number, c.number)
	if id := c.contact.ID; d.AutoAccept {
		d.background(ctx, func(ctx context.Context) error { return d.desk.Accept(ctx, id) })
	}
}

func (d *Desk) connected(ctx context.Context, c *deskChat) {
	d.Console.Printf("[%d] You are chatting with %s", c.number, c.customer())
	d.connect(ctx, c)
	if d.current == nil || d.current.talk == nil || d.current.ended {
		d.turnTo(c)
	}
}

// over tells how a contact has ended.
func (d *Desk) over(ctx context.Context, c *deskChat) {
	c.ended = true
	switch c.contact.State {
	case agent.Ended:
		d.Console.Printf("[%d] is over. /clear %d", c.number, c.number)
	case agent.Rejected:
		d.Console.Printf("[%d] was rejected. /clear %d", c.number, c.number)
	case agent.Missed, agent.Failed:
		d.Console.Printf("[%d] was missed. /clear %d", c.number, c.number)
	default: // it has left the desk already
		return
	}
	if id := c.contact.ID; d.AutoAccept {
		d.background(ctx, func(ctx context.Context) error { return d.desk.Clear(ctx, id) })
	}
}

// customer returns the customer's name.
func (c *deskChat) customer() string { return cmp.Or(c.contact.Customer().Name, "Customer") }

// connect opens the session of an accepted chat.
func (d *Desk) connect(ctx context.Context, c *deskChat) {
	if c.talk != nil {
		return
	}
	s, err := d.desk.Chat(ctx, c.contact.ID)
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

// drop lets go of a chat that has left the desk, which closes its session.
func (d *Desk) drop(c *deskChat) {
	d.Console.Printf("[%d] is off the desk", c.number)
	d.chats[c.number-1] = nil
	if c.talk != nil {
		close(c.talk.outbox)
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
	d.Console.Prompt(fmt.Sprintf("%d %s> ", c.number, c.customer()))
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
	if c := d.current; c != nil && c.talk != nil {
		if act := c.talk.fileCommand(line); act != nil {
			d.work.Go(func() { act(ctx) })
			return
		}
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
	case "send", "save":
		d.Console.Print("there is no chat for this; /chats lists them")
	case "accept":
		if c, ok := d.chosen(rest, "rings", agent.Connecting); ok {
			d.background(ctx, func(ctx context.Context) error { return d.desk.Accept(ctx, c.ID) })
		}
	case "reject":
		if c, ok := d.chosen(rest, "rings", agent.Connecting); ok {
			d.background(ctx, func(ctx context.Context) error { return d.desk.Reject(ctx, c.ID) })
		}
	case "end":
		if c, ok := d.chosen(rest, "is going on", agent.Connected); ok {
			d.background(ctx, func(ctx context.Context) error { return d.desk.End(ctx, c.ID) })
		}
	case "clear":
		if c, ok := d.chosen(rest, "is over", agent.Ended, agent.Missed, agent.Rejected, agent.Failed); ok {
			d.background(ctx, func(ctx context.Context) error { return d.desk.Clear(ctx, c.ID) })
		}
	default:
		d.Console.Printf("/%s is not a command; /help lists them", name)
	}
}

// chosen returns the chat that rest names, or else the current one, or else the
// first, that is in one of the given states. It says so if there is none.
func (d *Desk) chosen(rest, what string, states ...agent.ContactState) (agent.Contact, bool) {
	fits := func(c *deskChat) bool { return c != nil && slices.Contains(states, c.contact.State) }
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
	return agent.Contact{}, false
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
		d.Console.Printf("[%d] %s", n, d.chats[n-1].customer())
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
		d.Console.Printf("%s[%d] %s, %s since %s", mark, c.number, c.customer(), c.contact.State,
			c.contact.Since.Local().Format(time.TimeOnly))
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
	for _, s := range d.desk.Configuration().States {
		mark := " "
		if s.Name == d.state {
			mark = "*"
		}
		d.Console.Printf("%s %s", mark, s.Name)
	}
}

func (d *Desk) setState(ctx context.Context, name string) error {
	for _, s := range d.desk.Configuration().States {
		if len(s.Name) >= len(name) && strings.EqualFold(s.Name[:len(name)], name) {
			return d.desk.SetNextState(ctx, s)
		}
	}
	return errors.New("there is no status " + strconv.Quote(name) + "; /status lists them")
}
