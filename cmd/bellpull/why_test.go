package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answering is a server that lets everybody in and answers why a contact waits.
func answering(t *testing.T, status int, answer string) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path+" "+r.Header.Get("X-Amz-Target"), "/api AmazonConnectCTIService.") {
		case "/auth/token ":
			_, _ = w.Write([]byte(`{"accessToken":"t"}`))
		case "GetAgentConfiguration":
			_, _ = w.Write([]byte(`{"configuration":{}}`))
		case "WhyWaiting":
			w.WriteHeader(status)
			_, _ = w.Write([]byte(answer))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestWhyPrintsATable(t *testing.T) {
	for name, test := range map[string]struct{ answer, want string }{
		"who waits": {
			`{"contactId":"c2","initialContactId":"c1","phase":"queued","queue":{"queueARN":"arn:q","name":"Sales"},"since":1767603600,
			"priority":5,"adjustmentSeconds":-30,"position":2,"step":1,"steps":2,"stepExpires":1767603660,
			"agents":[{"username":"ana","reason":"missed"},{"username":"benedict","reason":"no slot","detail":"2 of 2 taken"},{"username":"eva","reason":"delayed","until":1767603630}]}`,
			"contact   c2\nqueue     Sales, since 09:00:00\nplace     2\npriority  5\nage       -30s\ncriteria  step 1 of 2 until 09:01:00\n\n" +
				"ana       missed\nbenedict  no slot: 2 of 2 taken\neva       delayed, until 09:00:30\n",
		},
		"what rings": {
			`{"contactId":"c1","initialContactId":"c1","phase":"offered","ringsAt":"ana","queue":{"queueARN":"arn:q"},"since":1767603600,"priority":5,"agents":[]}`,
			"contact   c1\nqueue     arn:q, since 09:00:00\nrings at  ana\npriority  5\n\n",
		},
		"what is over": {`{"initialContactId":"c1","phase":"ended","agents":[]}`, "contact c does not wait: it is ended\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			cmd := newWhyCommand()
			cmd.SetArgs([]string{"c", "--url", answering(t, 200, test.answer), "--username", "ana", "--password", "p"})
			cmd.SetOut(&out)
			if err := cmd.Execute(); err != nil {
				t.Fatal(err)
			}
			if out.String() != test.want {
				t.Errorf("got\n%s\nwant\n%s", out.String(), test.want)
			}
		})
	}
}

func TestWhyTellsWhatWasRefused(t *testing.T) {
	cmd := newWhyCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs([]string{"c", "--url", answering(t, 403, `{"__type":"AccessDeniedException","message":"only supervisors"}`), "--password", "p"})
	if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), "only supervisors") {
		t.Errorf("got %v", err)
	}
}
