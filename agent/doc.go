// Package agent is a client of the agent API, for Go programs that answer
// chats: bots, load generators, terminals, tests.
//
// An agent signs in, chooses a state and follows what happens on the desk:
//
//	desk, err := agent.SignIn(ctx, agent.Options{
//		Endpoint: "http://127.0.0.1:2355", Username: "ana", Password: "ana-rings-twice",
//	})
//	…
//	defer desk.Close()
//	err = desk.SetState(ctx, agent.State{Type: agent.Routable})
//	…
//	for ev := range desk.Events() {
//		switch ev := ev.(type) {
//		case agent.ConnectingEvent:
//			err = desk.Accept(ctx, ev.ID)
//		case agent.ConnectedEvent:
//			session, err := desk.Chat(ev.ID) // a chat.Session, to read and write
//			…
//		case agent.EndedEvent:
//			err = desk.Clear(ctx, ev.ID)
//		}
//	}
//
// # What a desk promises
//
// The server tells whole snapshots, and events are the differences between
// two of them, so that nothing is missed for good: after an outage, or to a
// reader who was slow, the desk tells what is different now. A contact that
// came and went meanwhile is not told of, and one that was accepted and has
// ended is told of as ended. See Event for which difference gives which events.
//
// A desk has one WebSocket for its snapshots and for all of its chats. It is
// kept as package chat keeps it, by heartbeats, renewal within the hour and
// growing, jittered pauses between attempts. While there is none for a while,
// as behind a proxy that lets none through, the desk waits for snapshots by
// long polls; what is said in its chats then waits for the socket.
//
// An access token that is refused is renewed, with the refresh token or else
// with the password, and the call made again. Once neither is taken the desk
// is over: Err is ErrSignedOut.
//
// Thousands of desks fit in a program: each has four goroutines that sleep, one
// connection, some 80 KB of memory, and nothing that runs by a timer but the
// socket's heartbeat every 10 s. They should share an Options.HTTPClient whose transport keeps
// more idle connections to one host than the default one does, which is two.
package agent
