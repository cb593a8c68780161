package centre_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
)

// slow are functions that never answer in time, and a bot that takes a second
// to repeat what it hears, until that is "done".
type slow struct{}

func (slow) Knows(string) bool { return true }

func (slow) Invoke(_ context.Context, r callout.InvokeRequest) (callout.InvokeAnswer, error) {
	time.Sleep(r.Limit)
	return callout.InvokeAnswer{}, fmt.Errorf("%w (%v)", callout.ErrTimeLimit, r.Limit)
}

func (slow) RecognizeText(_ context.Context, r callout.RecognizeRequest) (callout.RecognizeAnswer, error) {
	time.Sleep(time.Second)
	a := callout.RecognizeAnswer{
		Messages: []callout.Message{{ContentType: "PlainText", Content: r.Text}}, Intent: "Repeat", Dialog: "ElicitIntent",
	}
	if a.Closed = r.Text == "done"; a.Closed {
		a.Dialog = "Close"
	}
	return a, nil
}

const (
	callsTooLong = `{"Version":"2019-10-30","StartAction":"call","Actions":[
{"Identifier":"call","Type":"InvokeLambdaFunction","Parameters":{"LambdaFunctionARN":"f","InvocationTimeLimitSeconds":"3"},"Transitions":{"NextAction":"bye","Errors":[{"ErrorType":"NoMatchingError","NextAction":"bye"},{"ErrorType":"TimeLimitExceeded","NextAction":"late"}]}},
{"Identifier":"late","Type":"MessageParticipant","Parameters":{"Text":"It took too long."},"Transitions":{"NextAction":"bye"}},
{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`

	talksThenWaits = `{"Version":"2019-10-30","StartAction":"bot","Actions":[
{"Identifier":"bot","Type":"ConnectParticipantWithLexBot","Parameters":{"Text":"Hello","LexV2Bot":{"AliasArn":"b"}},"Transitions":{"NextAction":"pause","Errors":[{"ErrorType":"NoMatchingError","NextAction":"bye"}]}},
{"Identifier":"pause","Type":"Wait","Parameters":{"TimeLimitSeconds":"60"},"Transitions":{"NextAction":"bye","Conditions":[{"NextAction":"wait","Condition":{"Operator":"Equals","Operands":["WaitCompleted"]}}],"Errors":[{"ErrorType":"NoMatchingError","NextAction":"bye"}]}},
{"Identifier":"wait","Type":"Wait","Parameters":{"TimeLimitSeconds":"60","Events":["CustomerReturned"]},"Transitions":{"NextAction":"bye","Conditions":[{"NextAction":"silent","Condition":{"Operator":"Equals","Operands":["WaitCompleted"]}},{"NextAction":"bye","Condition":{"Operator":"Equals","Operands":["CustomerReturned"]}}],"Errors":[{"ErrorType":"NoMatchingError","NextAction":"bye"}]}},
{"Identifier":"silent","Type":"MessageParticipant","Parameters":{"Text":"Nobody came back."},"Transitions":{"NextAction":"bye"}},
{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`
)

func TestAFunctionThatIsLateHasABranchOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := storeWith(t, callsTooLong)
		c, stop := running(t, st, slow{})
		defer stop()
		started := begin(t, c, contact.Opening{})
		time.Sleep(3 * time.Second)
		synctest.Wait()
		chat, err := c.Chat(t.Context(), started.Chat)
		if err != nil {
			t.Fatal(err)
		}
		if got := said(t, st, chat); !slices.Equal(got, []string{"It took too long."}) {
			t.Errorf("said %q", got)
		}
	})
}

// A bot is told in words what was chosen of its list, and next what was said
// meanwhile. What was said before a wait does not end that wait.
func TestABotIsToldInWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := storeWith(t, talksThenWaits)
		c, stop := running(t, st, slow{})
		defer stop()
		started := begin(t, c, contact.Opening{ContentTypes: []string{contact.PlainText, contact.Interactive, contact.InteractiveResponse}})
		const list = `{"templateType":"ListPicker","version":"1.0","action":"ListPicker","data":{"templateIdentifier":"l","listTitle":"Which?","selectionText":"the red one"}}`
		for _, m := range []struct{ contentType, text string }{
			{contact.InteractiveResponse, list}, {contact.PlainText, "done"}, {contact.PlainText, "one more thing"},
		} {
			if _, err := c.SendMessage(t.Context(), started.Chat, started.Customer, m.contentType, m.text, ""); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		chat, err := c.Chat(t.Context(), started.Chat)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"Hello", list, "done", "one more thing", "the red one", "done", "Nobody came back."}
		if diff := cmp.Diff(want, said(t, st, chat)); diff != "" {
			t.Error(diff)
		}
	})
}
