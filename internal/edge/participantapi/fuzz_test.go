package participantapi_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/bellpull/bellpull/internal/server/servertest"
)

// FuzzRequests sends bodies of all kinds. Whatever they are, the answer is a
// JSON object and no failure of the server.
func FuzzRequests(f *testing.F) {
	operations := []string{"connection", "message", "event", "transcript", "attachment", "nothing"}
	for i, body := range []string{
		`{"Type":["WEBSOCKET","CONNECTION_CREDENTIALS"],"ConnectParticipant":true}`,
		`{"ContentType":"text/plain","Content":"Hello","ClientToken":"t"}`,
		`{"ContentType":"application/vnd.amazonaws.connect.event.message.read","Content":"{\"messageId\":\"x\"}"}`,
		`{"MaxResults":15,"ScanDirection":"BACKWARD","SortOrder":"ASCENDING","StartPosition":{},"NextToken":"YgAAAAAAAAACepLcoA"}`,
		`{"StartPosition":{"Id":"00dc6acf-ac00-7bd1-9e3a-9e97e2e230e1","AbsoluteTime":"2000-01-01T00:00:00.001Z","MostRecent":1}}`,
		`{"ContentType":"application/vnd.amazonaws.connect.message.interactive.response","Content":"{\"version\":\"1.0\",\"action\":\"\\ud83d\"}"}`,
		`[`, `{"Content":null}`, "\x00", `{"MaxResults":1e400}`, ``,
	} {
		f.Add(uint8(i), body)
	}
	srv := servertest.New(f)
	ada := srv.NewChat("Ada")
	ada.SocketURL()
	ada.Say("Hello")
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		token := ada.Connection
		if which%uint8(len(operations)) == 0 {
			token = ada.Token
		}
		a := srv.For(t).Do(http.MethodPost, "/participant/"+operations[which%uint8(len(operations))], http.Header{"X-Amz-Bearer": {token}}, body)
		var object map[string]any
		if err := json.Unmarshal(a.Body, &object); err != nil || a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("answer %s %q: %v", a.Header.Get("Content-Type"), a.Body, err)
		}
		if a.Status >= 500 {
			t.Errorf("answer %d %s", a.Status, a.Body)
		}
		if name := a.ErrorType(); name != "" && object["__type"] != name {
			t.Errorf("the header says %s and the body %v", name, object["__type"])
		}
	})
}
