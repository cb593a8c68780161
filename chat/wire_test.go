package chat

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestErrorOf(t *testing.T) {
	for _, test := range []struct {
		name, header, body string
		status             int
		want               Error
	}{
		{"named by the header", "AccessDeniedException", `{"message":"Access denied"}`, 403, Error{Type: "AccessDeniedException", Message: "Access denied"}},
		{"with an address behind the name", "ThrottlingException:http://example.com/", `{}`, 429, Error{Type: "ThrottlingException", Message: "Too Many Requests"}},
		{"with a namespace in front of it", "", `{"__type":"com.example#ValidationException","Message":"bad"}`, 400, Error{Type: "ValidationException", Message: "bad"}},
		{"named by a code", "", `{"code":"ConflictException"}`, 409, Error{Type: "ConflictException", Message: "Conflict"}},
		{"by a proxy", "", `<html>`, 502, Error{Type: "502", Message: "Bad Gateway"}},
		{"without a body", "", ``, 500, Error{Type: "500", Message: "Internal Server Error"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			resp := &http.Response{StatusCode: test.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(test.body))}
			resp.Header.Set("x-amzn-ErrorType", test.header)
			resp.Header.Set("x-amzn-RequestId", "r-1")
			test.want.Operation, test.want.StatusCode, test.want.RequestID = "Op", test.status, "r-1"
			if diff := cmp.Diff(&test.want, errorOf("Op", resp)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseFrame(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       frame
	}{
		{"content in a string", `{"topic":"aws/chat","contentType":"application/json","content":"{\"Id\":\"1\"}"}`, frame{topic: "aws/chat", content: []byte(`{"Id":"1"}`)}},
		{"content as an object", `{"topic":"aws/subscribe","content":{"status":"success"}}`, frame{topic: "aws/subscribe", content: []byte(`{"status":"success"}`)}},
		{"no content", `{"topic":"aws/ping","statusCode":200,"statusContent":"OK"}`, frame{topic: "aws/ping", statusCode: 200}},
		{"no topic", `{"message":"Forbidden","connectionId":"x"}`, frame{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseFrame([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(frame{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseItem(t *testing.T) {
	got, err := parseItem([]byte(`{"AbsoluteTime":"2026-01-02T03:04:05.678Z","Id":"1","Type":"MESSAGE","Content":"hi",
		"NewMember":{"a":1},"ContactId":null,"MessageMetadata":{"MessageId":"1","Receipts":[
		{"DeliveredTimestamp":"2026-01-02T03:04:06Z","ReadTimestamp":"","RecipientParticipantId":"ben"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Item{
		ID: "1", AbsoluteTime: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), Type: TypeMessage, Content: "hi",
		MessageMetadata: &MessageMetadata{MessageID: "1", Receipts: []Receipt{
			{RecipientParticipantID: "ben", DeliveredTimestamp: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC)},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	again, err := parseItem(text)
	if diff := cmp.Diff(got, again); diff != "" || err != nil {
		t.Errorf("written and read again: %v (-want +got)\n%s", err, diff)
	}
}

// FuzzFrame checks that nothing a server sends can upset the parsers and the
// timeline, and that what is told twice is told once.
func FuzzFrame(f *testing.F) {
	f.Add([]byte(`{"topic":"aws/chat","content":"{\"Id\":\"1\",\"Type\":\"MESSAGE\",\"AbsoluteTime\":\"2026-01-02T03:04:05.678Z\"}"}`))
	f.Add([]byte(`{"topic":"aws/chat","content":"{\"Id\":\"2\",\"Type\":\"MESSAGE\",\"ParticipantRole\":\"SYSTEM\",\"MessageMetadata\":{\"ChunkNumber\":1,\"MessageCompleted\":false}}"}`))
	f.Add([]byte(`{"topic":"aws/chat","content":"{\"Type\":\"MESSAGEMETADATA\",\"MessageMetadata\":{\"MessageId\":\"1\",\"Receipts\":[{\"ReadTimestamp\":\"2026-01-02T03:04:05.678Z\"}]}}"}`))
	f.Add([]byte(`{"topic":"aws/chat","content":{"Id":3}}`))
	f.Add([]byte(`{"topic":"aws/subscribe","content":{"status":"success","topics":["aws/chat"]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fr, err := parseFrame(data)
		if err != nil {
			return
		}
		fr.subscribed()
		it, err := parseItem(fr.content)
		if err != nil {
			return
		}
		tl := newTimeline("ada", "")
		var record Record
		for _, ev := range tl.next(it) {
			record.Apply(ev)
		}
		if again := tl.next(it); it.ID != "" && len(again) != 0 {
			t.Errorf("told again: %#v", again)
		}
		if len(record.Items()) > 1 {
			t.Errorf("one item gives %d", len(record.Items()))
		}
	})
}
