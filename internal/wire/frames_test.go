package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestParseFrame(t *testing.T) {
	chat := Frame{Kind: FrameSubscribe, Topics: []string{"aws/chat"}}
	tests := []struct {
		name, text string
		want       Frame
	}{
		{"subscribe", `{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}`, chat},
		{"subscribe of the iOS SDK", `{"topic": "aws/subscribe", "content": {"topics": ["aws/chat"]}})`, chat},
		{"content before topic", `{"content":{"topics":["aws/chat"]},"topic":"aws/subscribe"}`, chat},
		{"several topics", `{"topic":"aws/subscribe","content":{"x":1,"topics":["aws/chat",5,"other"]}}`, Frame{FrameSubscribe, []string{"aws/chat", "other"}}},
		{"subscribe to nothing", `{"topic":"aws/subscribe"}`, Frame{Kind: FrameSubscribe}},
		{"subscribe with text as content", `{"topic":"aws/subscribe","content":"{}"}`, Frame{Kind: FrameSubscribe}},
		{"topics that are no list", `{"topic":"aws/subscribe","content":{"topics":"aws/chat"}}`, Frame{Kind: FrameSubscribe}},
		{"ping", `{"topic":"aws/ping"}`, Frame{Kind: FramePing}},
		{"heartbeat", ` {"topic":"aws/heartbeat"}`, Frame{Kind: FrameHeartbeat}},
		{"ping with content", `{"topic":"aws/ping","content":[{}]}`, Frame{Kind: FramePing}},
		{"unknown topic", `{"topic":"aws/unsubscribe"}`, Frame{}},
		{"topic that is no text", `{"topic":5}`, Frame{}},
		{"no topic", `{}`, Frame{}},
		{"empty", ``, Frame{}},
		{"malformed", `{"topic":"aws/ping"`, Frame{}},
		{"a list", `["aws/ping"]`, Frame{}},
		{"null", `null`, Frame{}},
		{"text", `hello`, Frame{}},
		{"not UTF-8", "{\"topic\":\"aws/ping\",\"x\":\"\xff\"}", Frame{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ParseFrame([]byte(tt.text)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ParseFrame(%s) = %+v, want %+v", tt.text, got, tt.want)
			}
		})
	}
}

func TestFramesOfTheServer(t *testing.T) {
	item := []byte(`{"Content":"a \"quoted\" \\ é"}`)
	tests := []struct{ name, got, want string }{
		{"success", string(AppendSubscribed(nil, true, "aws/chat")), `{"topic":"aws/subscribe","content":{"status":"success","topics":["aws/chat"]}}`},
		{"failure", string(AppendSubscribed(nil, false, "a", `"b"`)), `{"topic":"aws/subscribe","content":{"status":"failure","topics":["a","\"b\""]}}`},
		{"heartbeat", string(AppendHeartbeat(nil)), `{"topic":"aws/heartbeat"}`},
		{"ping", string(AppendPong(nil)), `{"topic":"aws/ping","statusCode":200,"statusContent":"OK"}`},
		{"chat", string(AppendChat(nil, item)), `{"topic":"aws/chat","contentType":"application/json","content":"{\"Content\":\"a \\\"quoted\\\" \\\\ é\"}"}`},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, tt.got, tt.want)
		}
	}
	var frame struct{ Content string }
	if err := json.Unmarshal(AppendChat(nil, item), &frame); err != nil || frame.Content != string(item) {
		t.Errorf("the content of a chat frame is %s, %v, want %s", frame.Content, err, item)
	}
}

func TestSocketItems(t *testing.T) {
	author := SocketItem{
		AbsoluteTime: "2026-01-02T03:04:05.678Z", ID: "i1", ParticipantID: "p1", DisplayName: "Jane", ParticipantRole: "CUSTOMER",
		InitialContactID: "c1", ContactID: "c2",
	}
	with := func(change func(*SocketItem)) *SocketItem {
		it := author
		change(&it)
		return &it
	}
	const head, tail = `{"AbsoluteTime":"2026-01-02T03:04:05.678Z",`, `"InitialContactId":"c1","ContactId":"c2"}`
	const jane = `"ParticipantId":"p1","DisplayName":"Jane","ParticipantRole":"CUSTOMER",`
	tests := []struct {
		name string
		item *SocketItem
		want string
	}{
		{
			"message",
			with(func(it *SocketItem) { it.Type, it.ContentType, it.Content = ItemMessage, "text/plain", "hello" }),
			head + `"Content":"hello","ContentType":"text/plain","Id":"i1","Type":"MESSAGE",` + jane + tail,
		},
		{
			"message without a name keeps its keys",
			&SocketItem{Type: ItemMessage, ContentType: "text/plain", ID: "i1", InitialContactID: "c1"},
			`{"AbsoluteTime":"","Content":"","ContentType":"text/plain","Id":"i1","Type":"MESSAGE","ParticipantId":"","DisplayName":"","ParticipantRole":"","InitialContactId":"c1"}`,
		},
		{
			"event of a participant",
			with(func(it *SocketItem) { it.Type, it.ContentType = ItemEvent, "joined" }),
			head + `"ContentType":"joined","Id":"i1","Type":"EVENT",` + jane + tail,
		},
		{
			"event of nobody, without a contact",
			&SocketItem{AbsoluteTime: "2026-01-02T03:04:05.678Z", Type: ItemEvent, ContentType: "ended", ID: "i1", InitialContactID: "c1"},
			head + `"ContentType":"ended","Id":"i1","Type":"EVENT","InitialContactId":"c1"}`,
		},
		{
			"attachment",
			with(func(it *SocketItem) {
				it.Type, it.ContentType = ItemAttachment, "ignored"
				it.Attachments = []SocketAttachment{{"image/png", "a1", "a.png", "APPROVED"}}
			}),
			head + `"Attachments":[{"ContentType":"image/png","AttachmentId":"a1","AttachmentName":"a.png","Status":"APPROVED"}],"Id":"i1","Type":"ATTACHMENT",` + jane + tail,
		},
		{
			"receipt",
			with(func(it *SocketItem) {
				it.Type, it.ContentType, it.Content = ItemMetadata, "metadata", "ignored"
				it.Metadata = &SocketMetadata{MessageID: "m1", Receipts: []SocketReceipt{{"d", "r", "p2"}}}
			}),
			head + `"ContentType":"metadata","Id":"i1","Type":"MESSAGEMETADATA","MessageMetadata":{"MessageId":"m1","Receipts":[{"DeliveredTimestamp":"d","ReadTimestamp":"r","RecipientParticipantId":"p2"}]},` + tail,
		},
		{
			"delivered but not read",
			with(func(it *SocketItem) {
				it.Type, it.ContentType = ItemMetadata, "metadata"
				it.Metadata = &SocketMetadata{MessageID: "m1", Receipts: []SocketReceipt{{DeliveredTimestamp: "d", RecipientParticipantID: "p2"}}}
			}),
			head + `"ContentType":"metadata","Id":"i1","Type":"MESSAGEMETADATA","MessageMetadata":{"MessageId":"m1","Receipts":[{"DeliveredTimestamp":"d","RecipientParticipantId":"p2"}]},` + tail,
		},
		{
			"part of a streamed answer",
			with(func(it *SocketItem) {
				it.Type, it.ContentType, it.Content = ItemMessage, "text/plain", "Your "
				it.Metadata = &SocketMetadata{MessageID: "m1", ChunkNumber: 1}
			}),
			head + `"Content":"Your ","ContentType":"text/plain","Id":"i1","Type":"MESSAGE",` + jane + `"MessageMetadata":{"MessageId":"m1","ChunkNumber":1,"MessageCompleted":false},` + tail,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(AppendSocketItem([]byte("x"), tt.item)[1:])
			if got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("not JSON: %s", got)
			}
		})
	}
}

func TestFramesNeedOnlyTheirBuffer(t *testing.T) {
	buf, item := make([]byte, 0, 4096), make([]byte, 0, 4096)
	it := &SocketItem{Type: ItemMessage, Content: "hé \"you\"", ContentType: "text/plain", ID: "i1", InitialContactID: "c1"}
	n := testing.AllocsPerRun(100, func() {
		buf = AppendChat(buf[:0], AppendSocketItem(item[:0], it))
	})
	if n != 0 {
		t.Errorf("a chat frame takes %v allocations", n)
	}
}

func FuzzParseFrame(f *testing.F) {
	for _, s := range []string{
		`{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}})`, `{"topic":"aws/ping"}`, `{"topic":"aws/heartbeat","content":null}`, `{"topic":"\u0061ws/ping"}`, ``, `[[[[`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := ParseFrame(data)
		var ref struct {
			Topic string `json:"topic"`
		}
		err := json.NewDecoder(strings.NewReader(string(data))).Decode(&ref)
		if got.Kind != FrameIgnored && err != nil && !strings.Contains(err.Error(), "cannot unmarshal") {
			t.Fatalf("ParseFrame(%q) = %+v, but it is no JSON: %v", data, got, err)
		}
		if len(got.Topics) > maxTopics || got.Kind != FrameSubscribe && got.Topics != nil {
			t.Fatalf("ParseFrame(%q) = %+v", data, got)
		}
		for _, topic := range got.Topics {
			if b := AppendSubscribed(nil, true, topic); !json.Valid(b) {
				t.Fatalf("answer %s is no JSON", b)
			}
		}
	})
}
