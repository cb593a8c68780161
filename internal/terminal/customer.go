package terminal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bellpull/bellpull/chat"
)

// farewell bounds how long leaving a chat may take.
const farewell = 5 * time.Second

// Customer is a customer's chat in a terminal.
type Customer struct {
	Console *Console
	Linger  time.Duration // to stay after the end of input
}

const customerHelp = `Type a message and press Enter. A number answers a list.
  /send FILE     send a file
  /save [FILE]   save the last file, under its own name or another one
  /end           end the chat and leave; so do Ctrl-C and Ctrl-D
  /quit          leave without ending the chat
  /help          this`

// Run shows the session and sends what is typed, until the chat ends, the
// person leaves or ctx ends. It closes the session.
func (c *Customer) Run(ctx context.Context, s *chat.Session) error {
	sending, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer s.Close()
	defer stop()
	t := newTalk(c.Console, s, "")
	work.Go(func() { t.send(sending) })
	c.Console.OnType(func() { work.Go(func() { _ = s.Typing(sending) }) }) // a hint, which may be lost
	defer c.Console.OnType(nil)
	if c.Console.Edited() {
		c.Console.Print(customerHelp)
	}

	lines := c.Console.Lines()
	var linger <-chan time.Time
	for {
		select {
		case ev, ok := <-s.Events():
			if !ok {
				return nil
			}
			c.show(t, ev)
		case line, ok := <-lines:
			if !ok {
				lines, linger = nil, time.After(c.Linger)
				continue
			}
			if act := t.fileCommand(line); act != nil {
				work.Go(func() { act(sending) })
				continue
			}
			switch line {
			case "/help":
				c.Console.Print(customerHelp)
			case "/quit":
				return nil
			case "/end":
				return c.leave(ctx, t)
			default:
				if line[0] == '/' {
					c.Console.Printf("%s is not a command; /help lists them", line)
					continue
				}
				t.say(line)
			}
		case <-linger:
			return c.leave(ctx, t)
		case <-ctx.Done():
			return c.leave(context.WithoutCancel(ctx), t)
		}
	}
}

func (c *Customer) show(t *talk, ev chat.Event) {
	switch ev.(type) {
	case chat.ConnectionEstablished:
		c.Console.Print("         (connected)")
	case chat.ConnectionLost:
		c.Console.Print("         (connection lost; trying again)")
	default:
		t.show(ev)
	}
}

// leave sends what is waiting, disconnects, and shows the end of the chat.
func (c *Customer) leave(ctx context.Context, t *talk) error {
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	close(t.outbox)
	sent := t.sent
	gone := make(chan error, 1)
	for {
		select {
		case <-sent:
			sent = nil
			go func() { gone <- t.session.Disconnect(ctx) }()
		case ev, ok := <-t.session.Events():
			if !ok {
				return nil
			}
			c.show(t, ev)
		case err := <-gone:
			if err != nil && !errors.Is(err, chat.ErrEnded) {
				return fmt.Errorf("leave the chat: %w", err)
			}
			gone = nil
		case <-ctx.Done():
			return nil
		}
	}
}
