package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// interactive is what a chat declares whose client shows views.
var interactive = map[string]any{"SupportedMessagingContentTypes": []string{contact.PlainText, contact.Interactive, contact.InteractiveResponse}}

// showing is a flow that shows a view and says what became of it.
func showing(view, more string) string {
	return flowOf(
		block("ask", "ShowView", fmt.Sprintf(`{"ViewResource":{"Id":%q},"InvocationTimeLimitSeconds":"600","ViewData":{"Heading":"For $.Channel"}%s}`, view, more),
			"bye", "Submit->thank", "!NoMatchingCondition->other", "!NoMatchingError->failed", "!TimeLimitExceeded->late"),
		say("thank", "Thank you, $.Views.ViewResultData.FormData.name; that was $.Views.Action.", "stay"),
		say("other", "You did $.Views.Action.", "stay"),
		say("failed", "That failed.", "stay"),
		say("late", "Too late.", "stay"),
		block("stay", "Wait", `{"TimeLimitSeconds":"86400"}`, "bye", "WaitCompleted->bye", "!NoMatchingError->bye"), bye)
}

// shownView is what a flow's message says about the view.
type shownView struct {
	TemplateType, Version string
	Data                  struct {
		Content struct {
			ViewID, ViewToken string
			ViewData          map[string]string
		}
	}
}

// viewIn returns the view that was shown last.
func viewIn(t *testing.T, items []servertest.Item) (v shownView) {
	t.Helper()
	for _, it := range items {
		if it.ContentType == contact.Interactive {
			if err := json.Unmarshal([]byte(it.Content), &v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if v.Data.Content.ViewToken == "" {
		t.Fatalf("no view was shown: %+v", items)
	}
	return v
}

func describeView(srv *servertest.Server, c *servertest.Customer, token string) servertest.Answer {
	return srv.Do(http.MethodGet, "/participant/views/"+url.PathEscape(token), http.Header{"X-Amz-Bearer": {c.Connection}}, "")
}

// respond answers a view.
func respond(t *testing.T, c *servertest.Customer, action, data string) {
	t.Helper()
	a := c.Do("message", map[string]string{
		"ContentType": contact.InteractiveResponse,
		"Content":     fmt.Sprintf(`{"templateType":"ViewResource","version":"1.0","action":%q,"data":%s}`, action, data),
	})
	if a.Status != http.StatusOK {
		t.Fatalf("answer the view: %d %s", a.Status, a.Body)
	}
	synctest.Wait()
}

func lastText(items []servertest.Item) string {
	said := texts(items)
	if len(said) == 0 {
		return ""
	}
	return said[len(said)-1]
}

func TestAFlowShowsAView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, showing("form", ""), nil, nil)
		ada := srv.NewChatWith("Ada", interactive)
		ada.Connect()
		v := viewIn(t, ada.Transcript())
		if v.TemplateType != "ViewResource" || v.Version != "1.0" || v.Data.Content.ViewID != "form" || v.Data.Content.ViewData["Heading"] != "For CHAT" {
			t.Errorf("the message is %+v", v)
		}
		srv.Restart() // the wait is in the store, and the token is good
		ada.Connect()
		var got struct {
			View struct {
				ID, Arn, Name string
				Content       struct {
					InputSchema, Template string
					Actions               []string
				}
			}
		}
		a := describeView(srv, ada, v.Data.Content.ViewToken)
		a.Into(t, &got)
		if a.Status != http.StatusOK || got.View.ID != "form" || !strings.HasSuffix(got.View.Arn, ":aws:view/form") ||
			!json.Valid([]byte(got.View.Content.Template)) || !json.Valid([]byte(got.View.Content.InputSchema)) || !slices.Contains(got.View.Content.Actions, "Next") {
			t.Errorf("DescribeView: %d %s", a.Status, a.Body)
		}
		ada.Say("What is this?") // is no answer
		synctest.Wait()
		respond(t, ada, "Submit", `{"FormData":{"name":"Ada L."}}`)
		if got, want := lastText(ada.Items()), "Thank you, Ada L.; that was Submit."; got != want {
			t.Errorf("after the answer heard %q, want %q", got, want)
		}
		n := len(ada.Transcript())
		respond(t, ada, "Submit", `{}`) // a second answer is a message like any other
		if got := len(ada.Transcript()); got != n+1 {
			t.Errorf("a second answer made %d items, want its own alone", got-n)
		}
	})
}

func TestAViewIsAnsweredOtherwise(t *testing.T) {
	for _, test := range []struct {
		name, view, more string
		chat             map[string]any
		do               func(t *testing.T, c *servertest.Customer)
		want             string
	}{
		{"by another action", "form", "", interactive, func(t *testing.T, c *servertest.Customer) { respond(t, c, "Back", `null`) }, "You did Back."},
		{"with data that is no object", "form", "", interactive, func(t *testing.T, c *servertest.Customer) { respond(t, c, "Submit", `"x"`) }, "That failed."},
		{"not in time", "form", "", interactive, func(*testing.T, *servertest.Customer) { time.Sleep(601 * time.Second); synctest.Wait() }, "Too late."},
		{"not, since there is none", "nothing", "", interactive, func(*testing.T, *servertest.Customer) {}, "That failed."},
		{"not, since there is no such version", "form:7", "", interactive, func(*testing.T, *servertest.Customer) {}, "That failed."},
		{"not, since the client cannot show it", "form", "", nil, func(*testing.T, *servertest.Customer) {}, "That failed."},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := withFlows(t, showing(test.view, test.more), nil, nil)
				c := srv.NewChatWith("Ada", test.chat)
				c.Connect()
				synctest.Wait()
				test.do(t, c)
				if got := lastText(c.Transcript()); got != test.want {
					t.Errorf("heard %q, want %q", got, test.want)
				}
			})
		})
	}
}

func TestAHiddenAnswerStaysOutOfTheTranscript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, showing("form", `,"SensitiveDataConfiguration":{"HideResponseOn":["TRANSCRIPT"]}`), nil, nil)
		ada := srv.NewChatWith("Ada", interactive)
		ada.Connect()
		synctest.Wait()
		respond(t, ada, "Submit", `{"FormData":{"name":"Ada L.","card":"4111"}}`)
		said := strings.Join(texts(ada.Transcript()), "\n")
		if strings.Contains(said, "4111") || strings.Contains(strings.Join(texts(ada.Items()), "\n"), "4111") {
			t.Errorf("the answer was told:\n%s", said)
		}
		for _, want := range []string{`"action":"Submit"`, "Thank you, Ada L."} {
			if !strings.Contains(said, want) {
				t.Errorf("%q is not in the transcript:\n%s", want, said)
			}
		}
	})
}

func TestAViewIsDescribedAsItWasShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const own directory.ViewID = "b3110000-0000-4000-8000-0000000fe001"
		content := directory.ViewContent{Template: `{"Head":{"Title":"one"}}`, Actions: []string{"Submit"}}
		dir := seed.Dev()
		dir.Views[own] = &directory.View{ID: own, Name: "Own", Content: &content}
		dir.Flows[seed.DevFlow].Content = showing(dir.Instance.ARN("view", string(own)), "")
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ada := srv.NewChatWith("Ada", interactive)
		ada.Connect()
		token := viewIn(t, ada.Transcript()).Data.Content.ViewToken

		at := "/views/" + string(seed.DevInstance) + "/" + string(own)
		var out map[string]any
		srv.Call(http.MethodPost, at, `{"Status":"PUBLISHED","Content":{"Template":"{\"Head\":{\"Title\":\"two\"}}","Actions":[]}}`, &out)
		if a := describeView(srv, ada, token); !strings.Contains(string(a.Body), `\"one\"`) {
			t.Errorf("after a change the view that was shown is %d %s", a.Status, a.Body)
		}
		ben := srv.NewChatWith("Ben", interactive)
		ben.Connect()
		for name, a := range map[string]servertest.Answer{
			"another chat's token": describeView(srv, ben, token),
			"a made-up token":      describeView(srv, ada, "a/b=="),
			"another kind":         describeView(srv, ada, ada.Connection),
		} {
			if a.Status != http.StatusNotFound || a.ErrorType() != "ResourceNotFoundException" {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		srv.Call(http.MethodDelete, at, "", &out)
		if a := describeView(srv, ada, token); a.Status != http.StatusNotFound {
			t.Errorf("after its end: %d %s", a.Status, a.Body)
		}
		ada.Leave()
		if a := describeView(srv, ada, token); a.Status != http.StatusForbidden {
			t.Errorf("after the chat: %d %s", a.Status, a.Body)
		}
	})
}
