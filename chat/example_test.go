package chat_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/coder/websocket"

	"github.com/bellpull/bellpull/chat"
)

func Example() {
	server := echoServer() // stands for the service and the backend of a shop
	defer server.Close()
	ctx := context.Background()

	details, err := chat.Start(ctx, server.URL+"/start-chat", chat.StartRequest{
		ParticipantDetails: chat.ParticipantDetails{DisplayName: "Ada"},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := chat.Connect(ctx, details, chat.Options{Endpoint: server.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if _, err := s.SendMessage(ctx, chat.Message{Content: "Is anybody there?"}); err != nil {
		fmt.Println(err)
	}
	for ev := range s.Events() {
		switch ev := ev.(type) {
		case chat.MessageEvent:
			fmt.Printf("%s: %s\n", ev.DisplayName, ev.Content)
			if ev.ParticipantRole == chat.RoleAgent {
				s.Read(ev.ID)
				if err := s.Disconnect(ctx); err != nil {
					fmt.Println(err)
				}
			}
		case chat.EndedEvent:
			fmt.Println("the end")
		}
	}
	// Output:
	// Ada: Is anybody there?
	// Ben: Is anybody there?
	// the end
}

func ExampleSession_TranscriptItems() {
	server := echoServer()
	defer server.Close()
	ctx := context.Background()
	s, err := chat.Connect(ctx, chat.Details{ContactID: "c-1", ParticipantID: "ada", ParticipantToken: "t"}, chat.Options{Endpoint: server.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if _, err := s.SendMessage(ctx, chat.Message{Content: "**hello**", ContentType: chat.TextMarkdown}); err != nil {
		fmt.Println(err)
	}
	for it, err := range s.TranscriptItems(ctx, chat.TranscriptQuery{ScanDirection: chat.Backward}) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(it.DisplayName, it.ContentType, it.Content)
	}
	// Output:
	// Ben text/markdown **hello**
	// Ada text/markdown **hello**
}

func ExampleInteractiveReply() {
	m, err := chat.InteractiveReply("show-more", map[string]any{"listId": "fruit", "nextIndex": 5})
	fmt.Println(m.ContentType, m.Content, err)
	// Output: application/vnd.amazonaws.connect.message.interactive.response {"version":"1.0","action":"show-more","data":{"listId":"fruit","nextIndex":5}} <nil>
}

func ExampleRecord() {
	var r chat.Record
	for _, ev := range []chat.Event{
		chat.PartialMessageEvent{Item: chat.Item{ID: "1", Content: "Your order"}},
		chat.MessageEvent{Item: chat.Item{ID: "1", Content: "Your order is on its way."}},
		chat.ReadReceiptEvent{MessageID: "1"},
	} {
		if r.Apply(ev) {
			it := r.Items()[0]
			fmt.Println(it.Content, it.MessageMetadata != nil)
		}
	}
	// Output:
	// Your order false
	// Your order is on its way. false
	// Your order is on its way. true
}

// echoServer is a service whose agent repeats what the customer says.
func echoServer() *httptest.Server {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	frames := make(chan string, 16)
	var mu sync.Mutex
	var items []map[string]any
	push := func(it map[string]any) {
		mu.Lock()
		defer mu.Unlock()
		it["Id"] = fmt.Sprint(len(items) + 1)
		it["AbsoluteTime"] = fmt.Sprintf("2026-01-02T03:04:05.%03dZ", len(items))
		items = append(items, it)
		text, _ := json.Marshal(it)
		frame, _ := json.Marshal(map[string]string{"topic": "aws/chat", "content": string(text)})
		frames <- string(frame)
	}
	mux.HandleFunc("/start-chat", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"data":{"startChatResult":{"ContactId":"c-1","ParticipantId":"ada","ParticipantToken":"t"}}}`)
	})
	mux.HandleFunc("/participant/connection", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"Websocket":{"Url":%q},"ConnectionCredentials":{"ConnectionToken":"t","Expiry":"2100-01-01T00:00:00.000Z"}}`,
			strings.Replace(server.URL, "http", "ws", 1)+"/ws")
	})
	mux.HandleFunc("/participant/message", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ ContentType, Content string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		for _, name := range []string{"Ada", "Ben"} {
			role := map[string]string{"Ada": "CUSTOMER", "Ben": "AGENT"}[name]
			push(map[string]any{"Type": "MESSAGE", "ContentType": in.ContentType, "Content": in.Content, "DisplayName": name, "ParticipantRole": role})
		}
		fmt.Fprint(w, `{}`)
	})
	mux.HandleFunc("/participant/transcript", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		page := []map[string]any{}
		for _, it := range items {
			page = append([]map[string]any{it}, page...)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Transcript": page})
	})
	mux.HandleFunc("/participant/disconnect", func(w http.ResponseWriter, r *http.Request) {
		push(map[string]any{"Type": "EVENT", "ContentType": chat.EventChatEnded})
		fmt.Fprint(w, `{}`)
	})
	mux.HandleFunc("/participant/event", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{}`) })
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		if _, _, err := conn.Read(r.Context()); err != nil {
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		go func() {
			defer cancel()
			for {
				if _, _, err := conn.Read(ctx); err != nil {
					return
				}
			}
		}()
		_ = conn.Write(ctx, websocket.MessageText, []byte(`{"topic":"aws/subscribe","content":{"status":"success"}}`))
		for {
			select {
			case text := <-frames:
				_ = conn.Write(ctx, websocket.MessageText, []byte(text))
			case <-ctx.Done():
				return
			}
		}
	})
	return server
}
