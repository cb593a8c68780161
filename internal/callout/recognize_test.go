package callout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/fault"
)

const aliasARN = "arn:aws:lex:us-west-2:000000000000:bot-alias/ABCDEFGHIJ/TSTALIASID"

// recorded is a bot endpoint that answers with the given bodies in turn and
// keeps what it was asked.
func recorded(t *testing.T, check func(r *http.Request, body []byte), answers ...string) (url string, asked *[]any) {
	t.Helper()
	asked = new([]any)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		check(r, body)
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			t.Errorf("asked %s: %v", body, err)
		}
		*asked = append(*asked, v)
		fmt.Fprint(w, answers[min(len(*asked), len(answers))-1])
	}))
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

const (
	elicits = `{"messages":[{"content":"Which order?","contentType":"PlainText"}],"sessionState":{
		"dialogAction":{"type":"ElicitSlot","slotToElicit":"OrderNumber"},
		"intent":{"name":"OrderStatus","state":"InProgress","confirmationState":"None","slots":{"OrderNumber":null}},
		"sessionAttributes":{"plan":"gold","mood":"fine"}},
		"interpretations":[{"intent":{"name":"OrderStatus","slots":{}},"nluConfidence":{"score":0.9}},{"intent":{"name":"FallbackIntent"}}]}`
	closes = `{"sessionState":{"dialogAction":{"type":"Close"},"intent":{"name":"OrderStatus","state":"ReadyForFulfillment","confirmationState":"None",
		"slots":{"OrderNumber":{"value":{"originalValue":"a-1","interpretedValue":"A-1","resolvedValues":["A-1"]}},
		"Sizes":{"values":[{"value":{"originalValue":"s","interpretedValue":"small"}},null]}}}},
		"interpretations":[{"intent":{"name":"OrderStatus"},"nluConfidence":{"score":1},
		"sentimentResponse":{"sentiment":"MIXED","sentimentScore":{"positive":0.1,"negative":0.2,"mixed":0.6,"neutral":0.1}}}]}`
)

func parsed(t *testing.T, s string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAConversationWithAnHTTPBot(t *testing.T) {
	url, asked := recorded(t, func(*http.Request, []byte) {}, elicits, closes)
	c := newCaller(t, Config{AllowPrivate: true, Bots: []BotRule{{ARN: "*", HTTP: url}}})
	r := RecognizeRequest{
		BotARN: aliasARN, SessionID: "c-1", Text: "my order", LanguageCode: "de-DE",
		Attributes:        map[string]string{"plan": "gold"},
		RequestAttributes: map[string]string{"x-amz-lex:accept-content-types": "PlainText"},
	}
	first, err := c.RecognizeText(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if first.Closed || first.Memory == "" || first.SlotToElicit != "OrderNumber" || first.Interpretation().Confidence != 0.9 {
		t.Errorf("the first answer: %+v", first)
	}
	if diff := cmp.Diff([]Message{{PlainText, "Which order?"}}, first.Messages); diff != "" {
		t.Errorf("its messages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"plan": "gold", "mood": "fine"}, first.Attributes); diff != "" {
		t.Errorf("its attributes (-want +got):\n%s", diff)
	}

	r.Memory, r.Text, r.RequestAttributes = first.Memory, "a-1", nil
	second, err := c.RecognizeText(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	want := RecognizeAnswer{
		Closed: true, Intent: "OrderStatus", State: "ReadyForFulfillment", Confirmation: "None", Dialog: "Close",
		Slots: map[string]Slot{
			"OrderNumber": {Original: "a-1", Interpreted: "A-1", Resolved: []string{"A-1"}},
			"Sizes":       {List: []Slot{{Original: "s", Interpreted: "small"}}},
		},
		Interpretations: []Interpretation{{Intent: "OrderStatus", Confidence: 1, Slots: map[string]Slot{}, Sentiment: &Sentiment{"MIXED", 0.1, 0.2, 0.6, 0.1}}},
	}
	if diff := cmp.Diff(want, second); diff != "" {
		t.Errorf("the second answer (-want +got):\n%s", diff)
	}

	state := parsed(t, elicits).(map[string]any)["sessionState"]
	wantAsked := []any{
		map[string]any{
			"botAliasArn": aliasARN, "sessionId": "c-1", "localeId": "de_DE", "text": "my order",
			"requestAttributes": map[string]any{"x-amz-lex:accept-content-types": "PlainText"},
			"sessionState":      map[string]any{"sessionAttributes": map[string]any{"plan": "gold"}},
		},
		map[string]any{"botAliasArn": aliasARN, "sessionId": "c-1", "localeId": "de_DE", "text": "a-1", "sessionState": state},
	}
	if diff := cmp.Diff(wantAsked, *asked); diff != "" {
		t.Errorf("the bot was asked (-want +got):\n%s", diff)
	}
}

func TestAConversationWithALexEndpoint(t *testing.T) {
	const path = "/bots/ABCDEFGHIJ/botAliases/TSTALIASID/botLocales/en_US/sessions/c-1/text"
	url, asked := recorded(t, func(r *http.Request, body []byte) {
		if r.URL.Path != path {
			t.Errorf("asked %s, want %s", r.URL.Path, path)
		}
		if _, err := verifier("lex", "us-west-2").Verify(r, body); err != nil {
			t.Errorf("the signature: %v", err)
		}
	}, elicits, closes)
	aws := keyFiles(t)
	aws.Endpoint = url + "/"
	c := newCaller(t, Config{AllowPrivate: true, Bots: []BotRule{{ARN: "*", Lex: &Lex{AWS: aws}}}})
	r := RecognizeRequest{BotARN: aliasARN, SessionID: "c-1", Text: "my order", Attributes: map[string]string{"plan": "gold"}}
	first, err := c.RecognizeText(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	r.Memory, r.Text = first.Memory, "a-1"
	second, err := c.RecognizeText(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if first.Closed || !second.Closed || second.Memory != "" {
		t.Errorf("closed after the first text: %v, after the second: %v, which leaves %q", first.Closed, second.Closed, second.Memory)
	}
	wantAsked := []any{
		map[string]any{"text": "my order", "sessionState": map[string]any{"sessionAttributes": map[string]any{"plan": "gold"}}},
		map[string]any{"text": "a-1"},
	}
	if diff := cmp.Diff(wantAsked, *asked); diff != "" {
		t.Errorf("the endpoint was asked (-want +got):\n%s", diff)
	}
}

func TestARuleNamesTheLexBotIfTheARNDoesNot(t *testing.T) {
	url, _ := recorded(t, func(r *http.Request, _ []byte) {
		if want := "/bots/B/botAliases/A/botLocales/fr_FR/sessions/c-1/text"; r.URL.Path != want {
			t.Errorf("asked %s, want %s", r.URL.Path, want)
		}
	}, closes)
	lex := Lex{AWS: AWS{Endpoint: url, Region: "eu-west-1"}, BotID: "B", AliasID: "A", Locale: "fr_FR"}
	c := newCaller(t, Config{AllowPrivate: true, Bots: []BotRule{{ARN: "orders", Lex: &lex}, {ARN: "*", Lex: &Lex{AWS: lex.AWS}}}})
	if _, err := c.RecognizeText(t.Context(), RecognizeRequest{BotARN: "orders", SessionID: "c-1", Text: "hi"}); err != nil {
		t.Error(err)
	}
	_, err := c.RecognizeText(t.Context(), RecognizeRequest{BotARN: "other", SessionID: "c-1", Text: "hi"})
	if !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "names bot and alias") {
		t.Errorf("without bot and alias: %v, want ErrFailed", err)
	}
}

func TestAConversationWithTheDemoBot(t *testing.T) {
	c := newCaller(t, Demo())
	r := RecognizeRequest{BotARN: DemoBotARN, SessionID: "c-1", Text: "opening hours", Attributes: map[string]string{"plan": "gold"}, Accepts: []string{PlainText, Interactive}}
	first, err := c.RecognizeText(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	want := []Message{{Interactive, `{"templateType":"QuickReply","version":"1.0","data":{"content":{"title":"Which shop would you like to visit?","elements":[{"title":"Harbour Street"},{"title":"Old Market"}]}}}`}}
	if diff := cmp.Diff(want, first.Messages); diff != "" {
		t.Errorf("its question (-want +got):\n%s", diff)
	}
	r.Memory, r.Text, r.Attributes = first.Memory, "Old Market", nil
	second, err := c.RecognizeText(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	slots := map[string]Slot{"Shop": {Original: "Old Market", Interpreted: "Old Market", Resolved: []string{"Old Market"}}}
	wantAnswer := RecognizeAnswer{
		Messages: []Message{{PlainText, "Old Market is open from 9 to 18 o'clock, Monday to Saturday."}},
		Closed:   true, Intent: "OpeningHours", State: "Fulfilled", Confirmation: "None", Slots: slots, Dialog: "Close",
		Attributes: map[string]string{"plan": "gold"}, Interpretations: []Interpretation{{Intent: "OpeningHours", Confidence: 1, Slots: slots}},
	}
	if diff := cmp.Diff(wantAnswer, second); diff != "" {
		t.Errorf("its answer (-want +got):\n%s", diff)
	}
}

func TestARuleBotFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bot.json")
	if err := os.WriteFile(file, []byte(`{"intents":[{"name":"Hello","phrases":["hi"],"closing":"Hello."}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCaller(t, Config{Bots: []BotRule{{ARN: "*", Rules: &Rules{File: file}}}})
	got, err := c.RecognizeText(t.Context(), RecognizeRequest{BotARN: aliasARN, Text: "Hi!"})
	if err != nil || got.Intent != "Hello" {
		t.Errorf("intent %q, %v; want Hello", got.Intent, err)
	}
}

func TestTextsToBotsHaveALength(t *testing.T) {
	c := newCaller(t, Demo())
	for text, ok := range map[string]bool{"": false, strings.Repeat("é", 1024): true, strings.Repeat("é", 1025): false} {
		_, err := c.RecognizeText(t.Context(), RecognizeRequest{BotARN: DemoBotARN, Text: text})
		if got := fault.KindOf(err) != fault.Invalid; got != ok {
			t.Errorf("a text of %d bytes: %v", len(text), err)
		}
	}
}

func TestBotsHaveTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCaller(t, Config{Bots: []BotRule{{ARN: "*", HTTP: "http://bot.example.org"}}})
		served(t, c, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		began := time.Now()
		_, err := c.RecognizeText(t.Context(), RecognizeRequest{BotARN: aliasARN, Text: "hi"})
		if took := time.Since(began); !errors.Is(err, ErrTimeLimit) || took != 10*time.Second {
			t.Errorf("after %v: %v, want ErrTimeLimit after 10s", took, err)
		}
	})
}

func TestABusyBotIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCaller(t, Config{Bots: []BotRule{{ARN: "*", HTTP: "http://bot.example.org"}}})
		asked := 0
		served(t, c, func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked == 1 {
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			fmt.Fprint(w, elicits)
		})
		if _, err := c.RecognizeText(t.Context(), RecognizeRequest{BotARN: aliasARN, Text: "hi"}); err != nil || asked != 2 {
			t.Errorf("asked %d times: %v; want an answer to the second", asked, err)
		}
	})
}

func TestAnswersOfBots(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		closed       bool
		err          string
	}{
		{"messages alone", `{"messages":[{"content":"hi"}]}`, false, ""},
		{"nothing", `{}`, false, ""},
		{"no session state", `{"sessionState":null}`, false, ""},
		{"a failed intent", `{"sessionState":{"intent":{"name":"A","state":"Failed"}}}`, true, ""},
		{"a fulfilled intent", `{"sessionState":{"intent":{"name":"A","state":"Fulfilled"},"dialogAction":{"type":"ElicitIntent"}}}`, true, ""},
		{"closed", `{"sessionState":{"intent":{"name":"A"},"dialogAction":{"type":"Close"}}}`, true, ""},
		{"delegating", `{"sessionState":{"intent":{"name":"A","state":"InProgress"},"dialogAction":{"type":"Delegate"}}}`, false, ""},
		{"closed with nothing", `{"sessionState":{"dialogAction":{"type":"Close"}}}`, false, "names no intent"},
		{"not JSON", `hello`, false, "breaks the rules"},
		{"a list", `[]`, false, "breaks the rules"},
		{"a session state of text", `{"sessionState":"x"}`, false, "breaks the rules"},
		{"too many messages", `{"messages":[` + strings.Repeat(`{"content":"a"},`, 10) + `{"content":"a"}]}`, false, "more than 10"},
		{"an unknown content type", `{"messages":[{"content":"a","contentType":"Video"}]}`, false, `"Video" is unknown`},
		{"a card without card", `{"messages":[{"contentType":"ImageResponseCard"}]}`, false, "lacks its card"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := parseRecognized([]byte(tt.answer), nil)
			switch {
			case tt.err == "" && (err != nil || got.Closed != tt.closed):
				t.Errorf("closed %v, %v; want %v", got.Closed, err, tt.closed)
			case tt.err != "" && (!errors.Is(err, ErrAnswer) || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("error %v, want ErrAnswer with %q", err, tt.err)
			}
		})
	}
}

func TestAHugeSessionStateIsRefused(t *testing.T) {
	url, _ := recorded(t, func(*http.Request, []byte) {}, `{"sessionState":{"sessionAttributes":{"a":"`+strings.Repeat("x", maxMemory)+`"}}}`)
	c := newCaller(t, Config{AllowPrivate: true, Bots: []BotRule{{ARN: "*", HTTP: url}}})
	if _, err := c.RecognizeText(t.Context(), RecognizeRequest{BotARN: aliasARN, Text: "hi"}); !errors.Is(err, ErrAnswer) {
		t.Errorf("error %v, want ErrAnswer", err)
	}
}

func TestMessagesOfBotsInAChat(t *testing.T) {
	const picker = `{"templateType":"ListPicker","version":"1.0","data":{"content":{"title":"Pick","elements":[{"title":"A"},{"title":"B"}]}}}`
	one := func(kind, content string) []wireMessage {
		return []wireMessage{{ContentType: kind, Content: content}}
	}
	withCard := func(s string) []wireMessage {
		var c card
		if err := json.Unmarshal([]byte(s), &c); err != nil {
			t.Fatal(err)
		}
		return []wireMessage{{ContentType: "ImageResponseCard", ImageResponseCard: &c}}
	}
	all := []string{PlainText, Markdown, Interactive}
	buttons := `{"title":"Size?","subtitle":"of the box","buttons":[{"text":"S","value":"small"},{"text":"L","value":"large"}]}`
	for _, tt := range []struct {
		name    string
		in      []wireMessage
		accepts []string
		want    []Message
	}{
		{"a text", one("PlainText", "hi"), all, []Message{{PlainText, "hi"}}},
		{"SSML", one("SSML", "<speak>hi</speak>"), all, []Message{{PlainText, "<speak>hi</speak>"}}},
		{"nothing", one("PlainText", ""), all, nil},
		{"a template", one("CustomPayload", picker), all, []Message{{Interactive, picker}}},
		{"a template for a plain client", one("CustomPayload", picker), []string{PlainText}, []Message{{PlainText, "Pick\n- A\n- B"}}},
		{"markdown", one("CustomPayload", "**hi**"), all, []Message{{Markdown, "**hi**"}}},
		{"markdown for a plain client", one("CustomPayload", "**hi**"), nil, []Message{{PlainText, "**hi**"}}},
		{"a card with buttons", withCard(buttons), all, []Message{{Interactive, `{"templateType":"QuickReply","version":"1.0","data":{"content":{"title":"Size?","subtitle":"of the box","elements":[{"title":"S"},{"title":"L"}]}}}`}}},
		{"a card for a plain client", withCard(buttons), nil, []Message{{PlainText, "Size?\nof the box\n- S\n- L"}}},
		{
			"a card with an image", withCard(`{"title":"Box","imageUrl":"https://shop.example.org/box.png","buttons":[{"text":"Buy","value":"buy"}]}`), all,
			[]Message{{Interactive, `{"templateType":"Panel","version":"1.0","data":{"content":{"title":"Box","imageType":"URL","imageData":"https://shop.example.org/box.png","elements":[{"title":"Buy"}]}}}`}},
		},
		{"a card without buttons", withCard(`{"title":"Box"}`), all, []Message{{PlainText, "Box"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := contents(tt.in, tt.accepts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseRecognized(f *testing.F) {
	for _, s := range []string{elicits, closes, `{}`, `{"messages":[{"contentType":"CustomPayload","content":"{\"templateType\":\"x\"}"},{"contentType":"ImageResponseCard","imageResponseCard":{"buttons":[{},{}]}}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, accepts := range [][]string{nil, {Interactive, Markdown}} {
			a, _, err := parseRecognized(data, accepts)
			if err != nil {
				if !errors.Is(err, ErrAnswer) {
					t.Fatalf("error %v, want ErrAnswer", err)
				}
				continue
			}
			if a.Closed && a.Intent == "" || len(a.Messages) > maxMessages {
				t.Fatalf("answer %+v", a)
			}
			for _, m := range a.Messages {
				if m.Content == "" || accepts == nil && m.ContentType != PlainText {
					t.Fatalf("message %+v for a client that shows %v", m, accepts)
				}
			}
		}
	})
}
