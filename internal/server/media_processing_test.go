package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

const maskARN = "arn:aws:lambda:us-west-2:000000000000:function:mask"

func TestAFlowLetsAFunctionProcessMessages(t *testing.T) {
	cfg, _ := withFunction(t, "mask", `case "$(tee $DIR/event)" in
*'"content":"bad"'*) echo '{"status":"REJECTED"}';;
*'"content":"4111"'*) echo '{"status":"PROCESSED","result":{"processedChatContent":{"content":"[CARD]","contentType":"text/plain"}}}';;
*) exit 1;;
esac`)
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		dir.Associations[maskARN] = &directory.Association{ARN: maskARN, Kind: directory.LambdaFunction}
		dir.Flows[seed.DevFlow].Content = flowOf(
			block("mask", "UpdateContactMediaProcessing", fmt.Sprintf(`{"ChatProcessor":{"ProcessingEnabled":"True","LambdaProcessorARN":%q}}`, maskARN), "wait", "!NoMatchingError->bye", "!ChannelMismatch->bye"),
			block("wait", "Wait", `{"TimeLimitSeconds":"86400","Events":["CustomerReturned"]}`, "bye", "WaitCompleted->bye", "CustomerReturned->heard", "!NoMatchingError->bye"),
			say("heard", "That was something.", "wait"), bye)
		srv := servertest.Open(t, servertest.Options{Directory: dir, Config: cfg})
		ada := srv.NewChat("Ada")
		ada.SocketURL()
		send := func(text string) string {
			a := ada.Do("message", map[string]string{"ContentType": contact.PlainText, "Content": text})
			if a.Status != http.StatusOK {
				t.Fatalf("say %q: %d %s", text, a.Status, a.Body)
			}
			return string(a.Body)
		}
		for text, status := range map[string]string{"bad": "REJECTED", "unforeseen": "FAILED"} {
			if got := send(text); !strings.Contains(got, `"MessageMetadata":{"MessageProcessingStatus":"`+status+`"}`) {
				t.Errorf("%q was answered %s, want %s", text, got, status)
			}
		}
		if got := send("4111"); strings.Contains(got, "MessageMetadata") {
			t.Errorf("a good message was answered %s", got)
		}
		// A customer who connects by speaking is processed too, as is what follows.
		if got, want := texts(ada.Transcript()), []string{"[CARD]", "That was something."}; !slices.Equal(got, want) {
			t.Errorf("the transcript has %q, want %q", got, want)
		}

		operation := func(what string, more map[string]string) servertest.Answer {
			in := map[string]string{"InstanceId": string(seed.DevInstance), "ContactId": ada.Contact}
			maps.Copy(in, more)
			return srv.Call(http.MethodPost, "/contact/"+what+"-contact-media-processing", jsonOf(in), nil)
		}
		if a := operation("stop", nil); a.Status != http.StatusOK {
			t.Fatalf("stop: %d %s", a.Status, a.Body)
		}
		send("bad")
		if a := operation("start", map[string]string{"ProcessorArn": maskARN, "FailureMode": "DELIVER_UNPROCESSED_MESSAGE"}); a.Status != http.StatusOK {
			t.Fatalf("start: %d %s", a.Status, a.Body)
		}
		send("unforeseen")
		if got, want := texts(ada.Transcript()), "bad unforeseen"; !strings.Contains(strings.Join(got, " "), strings.ReplaceAll(want, " ", " That was something. ")) {
			t.Errorf("the transcript has %q, want %q in it", got, want)
		}
		for name, a := range map[string]servertest.Answer{
			"no processor":     operation("start", nil),
			"not associated":   operation("start", map[string]string{"ProcessorArn": maskARN + "2"}),
			"no instance":      operation("stop", map[string]string{"InstanceId": ""}),
			"another failure?": operation("start", map[string]string{"ProcessorArn": maskARN, "FailureMode": "X"}),
		} {
			if a.Status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		ada.Leave()
		if a := operation("stop", nil); a.Status != http.StatusNotFound || a.ErrorType() != "ResourceNotFoundException" {
			t.Errorf("after the end: %d %s", a.Status, a.Body)
		}
	})
}

func jsonOf(in map[string]string) string {
	parts := make([]string, 0, len(in))
	for k, v := range in {
		if v != "" {
			parts = append(parts, fmt.Sprintf("%q:%q", k, v))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}
