package agent_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/bellpull/bellpull/agent"
	"github.com/bellpull/bellpull/chat"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// A bot that answers chats: it accepts what rings, repeats what customers say,
// ends a chat when it is asked to, and clears what is over.
func Example() {
	url, stop := startServer() // stands for a bellpull that runs
	defer stop()
	go beCustomer(url)

	ctx := context.Background()
	desk, err := agent.SignIn(ctx, agent.Options{Endpoint: url, Username: "ana", Password: "ana-rings-twice"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer desk.Close()
	if err := desk.SetState(ctx, agent.State{Type: agent.Routable}); err != nil {
		fmt.Println(err)
	}
	for ev := range desk.Events() {
		var err error
		switch ev := ev.(type) {
		case agent.ConnectingEvent:
			fmt.Println(ev.Customer().Name, "rings")
			err = desk.Accept(ctx, ev.ID)
		case agent.ConnectedEvent:
			go echo(ctx, desk, ev.ID)
		case agent.EndedEvent:
			err = desk.Clear(ctx, ev.ID)
		case agent.DestroyedEvent:
			fmt.Println(ev.Customer().Name, "is off the desk")
			return // a bot in earnest would go on
		}
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// Ada rings
	// Ada: Is anybody there?
	// Ana: Is anybody there?
	// Ada: bye
	// Ada is off the desk
}

// echo repeats what is said in a chat, until somebody says bye.
func echo(ctx context.Context, desk *agent.Desk, contactID string) {
	session, err := desk.Chat(ctx, contactID)
	if err != nil {
		fmt.Println(err)
		return
	}
	for ev := range session.Events() {
		m, ok := ev.(chat.MessageEvent)
		if !ok || m.ParticipantRole != chat.RoleCustomer {
			continue
		}
		fmt.Printf("%s: %s\n", m.DisplayName, m.Content)
		if m.Content == "bye" {
			err = desk.End(ctx, contactID)
		} else {
			_, err = session.SendMessage(ctx, chat.Message{Content: m.Content})
		}
		if err != nil {
			fmt.Println(err)
		}
	}
}

// beCustomer is Ada, who waits for an answer and takes her leave.
func beCustomer(url string) {
	ctx := context.Background()
	details, err := chat.Start(ctx, url+"/start-chat", chat.StartRequest{
		ParticipantDetails: chat.ParticipantDetails{DisplayName: "Ada"},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := chat.Connect(ctx, details, chat.Options{Endpoint: url})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if _, err := s.SendMessage(ctx, chat.Message{Content: "Is anybody there?"}); err != nil {
		fmt.Println(err)
	}
	for ev := range s.Events() {
		if m, ok := ev.(chat.MessageEvent); ok && m.ParticipantRole == chat.RoleAgent {
			fmt.Printf("%s: %s\n", m.DisplayName, m.Content)
			if _, err := s.SendMessage(ctx, chat.Message{Content: "bye"}); err != nil {
				fmt.Println(err)
			}
		}
	}
}

// Where nothing but a name or a type is known of a state, the configuration
// tells the rest.
func ExampleDesk_SetState() {
	url, stop := startServer()
	defer stop()
	ctx := context.Background()
	desk, err := agent.SignIn(ctx, agent.Options{Endpoint: url, Username: "ben", Password: "ben-rings-twice"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer desk.Close()
	for _, s := range []agent.State{{Type: agent.Routable}, {Name: "Break"}, {Name: "Siesta"}} {
		if err := desk.SetState(ctx, s); err != nil {
			fmt.Println(err)
			continue
		}
		now, err := desk.Refresh(ctx)
		fmt.Println(now.State.Name, now.State.Type, err)
	}
	// Output:
	// Available routable <nil>
	// Break not_routable <nil>
	// there is no agent state "Siesta"
}

// startServer serves the dev instance until stop is called.
func startServer() (url string, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	dir, err := os.MkdirTemp("", "agent-example-")
	must(err)
	st, err := embedded.Open(ctx, embedded.Options{Path: dir})
	must(err)
	must(st.PutDirectory(ctx, seed.Dev()))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	url = server.URLOf(l.Addr())
	srv, err := server.New(ctx, server.Options{
		Config: config.Default(), Dev: true, Store: st, Log: slog.New(slog.DiscardHandler), Now: time.Now, WallClock: time.Now,
		IDs: contact.NewIDs(), URL: url,
	})
	must(err)
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx, l) }()
	return url, func() {
		cancel()
		must(<-done)
		must(os.RemoveAll(dir))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
