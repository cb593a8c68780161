// Package chat is a client of the chat protocol that the browser library
// ChatJS speaks, for Go programs: bots, load generators, terminals, tests and
// back ends that take part in a chat as its customer or as an agent.
//
// A customer asks a personal chat backend for a chat and connects:
//
//	details, err := chat.Start(ctx, "http://127.0.0.1:2355/start-chat", chat.StartRequest{
//		ParticipantDetails: chat.ParticipantDetails{DisplayName: "Ada"},
//	}, nil)
//	…
//	s, err := chat.Connect(ctx, details, chat.Options{Endpoint: "http://127.0.0.1:2355"})
//	…
//	defer s.Close()
//	for ev := range s.Events() {
//		if m, ok := ev.(chat.MessageEvent); ok {
//			fmt.Println(m.DisplayName, m.Content)
//		}
//	}
//
// Without an Endpoint the session talks to the public service of its Region.
//
// # What a session promises
//
// Its user sees every item of the chat once and in the order of the
// transcript, whatever happens to the connection. After every (re)connect the
// session reads the transcript on from the last item it delivered, holds back
// what arrives meanwhile, and merges the two. Typing, receipts and idle
// events are not in the transcript: those sent during an outage are gone.
//
// It keeps the connection as ChatJS does: a heartbeat and a ping every 10 s, a
// second socket beside one that has fallen silent, a new socket before the
// hour is over, a new connection token a minute before the old one expires.
//
// # Where it differs from ChatJS
//
//   - It does not give up. ChatJS declares a connection broken when
//     reconnecting meets a 5xx, a 429 or, on a desktop, a refused connection;
//     a Session tries again with growing, jittered pauses of at most 30 s. Only
//     a 403 on CreateParticipantConnection means that the chat is over.
//   - An item is delivered once. ChatJS repeats what two sockets repeat.
//   - A read receipt that follows a delivered receipt within 300 ms replaces
//     it, and receipts are paced to one per kind in 5 s with the last message
//     winning, as in ChatJS; but the last one is always sent, and each has its
//     own ClientToken.
//   - Typing events are paced here (one per 10 s, and again after a message)
//     instead of in every user interface.
//   - ConnectionEstablished means that the socket is subscribed, so that
//     nothing sent from then on can be missed.
//   - Ended chats refuse calls with ErrEnded.
package chat
