package centre_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// shouting is a message processor: it makes capitals, and what a message begins
// with says how else it behaves.
type shouting struct{ functions }

func (*shouting) Invoke(_ context.Context, r callout.InvokeRequest) (callout.InvokeAnswer, error) {
	var in struct {
		ChatContent struct{ Content, ParticipantRole string }
	}
	if err := json.Unmarshal(r.Payload, &in); err != nil {
		return callout.InvokeAnswer{}, err
	}
	if strings.HasSuffix(r.ARN, "-louder") {
		in.ChatContent.Content += ", " + in.ChatContent.Content
	}
	answer := func(status string) (callout.InvokeAnswer, error) {
		return callout.InvokeAnswer{Values: callout.Values{
			"status": status, "result": map[string]any{"processedChatContent": map[string]any{
				"content": strings.ToUpper(in.ChatContent.Content), "contentType": contact.PlainText,
			}},
		}}, nil
	}
	switch how, _, _ := strings.Cut(in.ChatContent.Content, " "); how {
	case "slowly":
		time.Sleep(2 * time.Second)
	case "asis":
		return answer("APPROVED")
	case "rejected":
		return answer("REJECTED")
	case "failed":
		return answer("FAILED")
	case "odd":
		return answer("ODD")
	case "empty":
		return callout.InvokeAnswer{Values: callout.Values{"status": "PROCESSED"}}, nil
	case "late":
		return callout.InvokeAnswer{}, callout.ErrTimeLimit
	}
	return answer("PROCESSED")
}

const shoutARN = "arn:aws:lambda:us-west-2:000000000000:function:shout"

// processing is a chat with a message processor.
type processing struct {
	t       *testing.T
	centre  *centre.Centre
	store   *embedded.Store
	started centre.Started
}

func startProcessing(t *testing.T, deliver bool) *processing {
	t.Helper()
	st, err := embedded.Open(t.Context(), embedded.Options{Path: t.TempDir(), Sync: embedded.Normal})
	if err != nil {
		t.Fatal(err)
	}
	dir := seed.Dev()
	dir.Associations[shoutARN] = &directory.Association{ARN: shoutARN, Kind: directory.LambdaFunction}
	if err := st.PutDirectory(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	c, stop := running(t, st, new(shouting))
	t.Cleanup(func() {
		stop()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	started, err := c.StartChat(t.Context(), contact.Opening{
		Instance: seed.DevInstance, Flow: seed.DevFlow, Customer: "", Name: "Ada", ContentTypes: []string{contact.PlainText},
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	p := &processing{t, c, st, started}
	p.process(&contact.Processor{Function: shoutARN, DeliverUnprocessed: deliver})
	return p
}

func (p *processing) process(by *contact.Processor) {
	p.t.Helper()
	if err := p.centre.SetProcessor(p.t.Context(), seed.DevInstance, p.started.Chat, by); err != nil {
		p.t.Fatal(err)
	}
}

func (p *processing) say(text, token string) (contact.Item, error) {
	return p.centre.SendMessage(p.t.Context(), p.started.Chat, p.started.Customer, contact.PlainText, text, token)
}

// said returns what the customer is on record with.
func (p *processing) said() (texts []string) {
	p.t.Helper()
	chat, err := p.centre.Chat(p.t.Context(), p.started.Chat)
	if err != nil {
		p.t.Fatal(err)
	}
	items, err := p.store.Items(p.t.Context(), chat.Number, 1, 100, false)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, it := range items {
		if it.Kind == contact.Message && it.Role == contact.Customer {
			texts = append(texts, it.Text)
		}
	}
	return texts
}

func TestAProcessorDecidesWhatIsSaid(t *testing.T) {
	for _, test := range []struct {
		text    string
		deliver bool
		want    string // empty: it is withheld
		status  string
	}{
		{"hello", false, "HELLO", ""},
		{"asis hello", false, "asis hello", ""},
		{"rejected hello", true, "", "REJECTED"},
		{"failed hello", false, "", "FAILED"},
		{"failed hello", true, "failed hello", ""},
		{"odd hello", false, "", "FAILED"},
		{"odd hello", true, "odd hello", ""},
		{"empty hello", false, "", "FAILED"},
		{"late hello", false, "", "FAILED"},
		{"late hello", true, "late hello", ""},
	} {
		name := test.text
		if test.deliver {
			name += ", delivering unprocessed"
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startProcessing(t, test.deliver)
				it, err := p.say(test.text, "")
				held, withheld := errors.AsType[*centre.Withheld](err)
				switch {
				case test.want == "" && (!withheld || held.Status != test.status || held.ID == (contact.ItemID{})):
					t.Errorf("answered %+v (%v), want it to be withheld: %s", it, err, test.status)
				case test.want != "" && (err != nil || it.Text != test.want):
					t.Errorf("answered %+v (%v), want %q", it, err, test.want)
				}
				var want []string
				if test.want != "" {
					want = []string{test.want}
				}
				equal(t, "said", p.said(), want)
			})
		})
	}
}

// Messages are said in the order in which they came, however long each is
// processed, and those of others do not wait.
func TestProcessingKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProcessing(t, false)
		if err := p.centre.Connect(t.Context(), p.started.Chat, p.started.Customer); err != nil {
			t.Fatal(err)
		}
		answers := make(chan contact.Item, 3)
		send := func(text string) {
			go func() {
				it, err := p.say(text, text)
				if err != nil {
					t.Error(err)
				}
				answers <- it
			}()
			synctest.Wait()
		}
		send("slowly one")
		send("two")
		equal(t, "said while the first is processed", p.said(), nil)
		p.process(nil) // who comes now is said as they are, but not before the others
		send("three")
		equal(t, "said still", p.said(), nil)
		wait(2 * time.Second)
		equal(t, "said then", p.said(), []string{"SLOWLY ONE", "TWO", "three"})
		for range 3 {
			<-answers
		}
	})
	synctest.Test(t, func(t *testing.T) {
		p := startProcessing(t, false)
		if err := p.centre.Connect(t.Context(), p.started.Chat, p.started.Customer); err != nil {
			t.Fatal(err)
		}
		var order []int64
		answers := make(chan contact.Item, 3)
		for _, text := range []string{"slowly one", "rejected two", "three"} {
			go func() {
				it, _ := p.say(text, text) // one is withheld
				answers <- it
			}()
			synctest.Wait()
		}
		wait(2 * time.Second)
		equal(t, "said", p.said(), []string{"SLOWLY ONE", "THREE"})
		for range 3 {
			if it := <-answers; it.Seq > 0 {
				order = append(order, it.Seq)
			}
		}
		if !slices.IsSorted(order) || len(order) != 2 {
			t.Errorf("acknowledged in the order %v", order)
		}
	})
}

func TestARepeatIsProcessedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProcessing(t, false)
		first, err := p.say("hello", "t")
		if err != nil {
			t.Fatal(err)
		}
		again, err := p.say("hello", "t")
		if err != nil || again.ID != first.ID {
			t.Errorf("the repeat got %v (%v), want %v", again.ID, err, first.ID)
		}
		// The sender gives up, and asks again while the first is on its way.
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, _ = p.centre.SendMessage(ctx, p.started.Chat, p.started.Customer, contact.PlainText, "slowly now", "u") // nobody listens
		}()
		synctest.Wait()
		cancel()
		if _, err := p.say("slowly now", "u"); err != nil {
			t.Error(err)
		}
		wait(5 * time.Second)
		equal(t, "said", p.said(), []string{"HELLO", "SLOWLY NOW"})
	})
}

func TestWhoMayNotSpeakIsNotProcessed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startProcessing(t, true)
		if _, err := p.say("", ""); err == nil {
			t.Error("an empty message was taken")
		}
		if _, err := p.centre.SendMessage(t.Context(), p.started.Chat, "nobody", contact.PlainText, "hello", ""); err == nil {
			t.Error("a stranger's message was taken")
		}
		if err := p.centre.StopContact(t.Context(), seed.DevInstance, p.started.Chat, contact.ByAPI); err != nil {
			t.Fatal(err)
		}
		if _, err := p.say("hello", ""); err == nil {
			t.Error("a message was taken after the end")
		}
		if err := p.centre.SetProcessor(t.Context(), seed.DevInstance, p.started.Chat, nil); err == nil {
			t.Error("the processor of an ended chat was changed")
		}
		equal(t, "said", p.said(), nil)
	})
}

// A processor that was set at one node sees what is said at another that does
// not know of it, and none that was before does.
func TestAProcessorIsHeededAtANodeThatWasNotTold(t *testing.T) {
	const otherARN = shoutARN + "-louder"
	c := newCluster(t, 2, func(dir *directory.Directory) {
		for _, arn := range []string{shoutARN, otherARN} {
			dir.Associations[arn] = &directory.Association{ARN: arn, Kind: directory.LambdaFunction}
		}
	})
	s := c.start(0, 1)
	c.x.sent.Wait()
	c.said(1, s) // which has it in memory from now on
	c.x.cut.Store(true)
	for _, by := range []*contact.Processor{{Function: shoutARN}, {Function: otherARN}, nil} {
		if err := c.nodes[0].SetProcessor(t.Context(), seed.DevInstance, s.Chat, by); err != nil {
			t.Fatal(err)
		}
		c.say(1, s, "hello", "")
	}
	equal(t, "said", c.said(1, s), []string{"HELLO", "HELLO, HELLO", "hello"})
	page := must(c.nodes[1].Transcript(t.Context(), s.Chat, s.Customer, centre.TranscriptQuery{Limit: 100}))
	for i := range page.Items {
		if page.Items[i].Type == contact.ProcessorChanged {
			t.Error("the customer is told of the change")
		}
	}
}

// Whichever nodes messages come to, they are said in the order in which they
// came.
func TestProcessingKeepsTheOrderAmongNodes(t *testing.T) {
	c := newCluster(t, 3, func(dir *directory.Directory) {
		dir.Associations[shoutARN] = &directory.Association{ARN: shoutARN, Kind: directory.LambdaFunction}
	})
	for _, cut := range []bool{false, true} { // also while nodes do not hear each other
		s := c.start(0, 1)
		if err := c.nodes[2].SetProcessor(t.Context(), seed.DevInstance, s.Chat, &contact.Processor{Function: shoutARN}); err != nil {
			t.Fatal(err)
		}
		for at := range c.nodes { // where all know of the processor
			c.until("the processor is known", func() bool { return must(c.nodes[at].Chat(t.Context(), s.Chat)).Processor != nil })
		}
		c.x.cut.Store(cut)
		var want []string
		var group sync.WaitGroup
		for n, text := range []string{"slowly one", "two", "rejected three", "slowly four", "five", "six"} {
			group.Go(func() {
				var withheld *centre.Withheld
				_, err := c.nodes[n%3].SendMessage(t.Context(), s.Chat, s.Customer, contact.PlainText, text, text)
				if errors.As(err, &withheld) != strings.HasPrefix(text, "rejected") || err != nil && withheld == nil {
					t.Errorf("%q: error %v", text, err)
				}
			})
			c.until("it stands in the line", func() bool { return len(must(c.nodes[n%3].Store.Chat(t.Context(), s.Chat)).Line) == n+1 })
			if !strings.HasPrefix(text, "rejected") {
				want = append(want, strings.ToUpper(text))
			}
		}
		group.Wait()
		c.x.cut.Store(false)
		c.until("all is said", func() bool { return len(c.said(0, s)) >= len(want) })
		equal(t, "said", c.said(0, s), want)
		if left := must(c.nodes[0].Store.Chat(t.Context(), s.Chat)).Line; len(left) > 0 {
			t.Errorf("the line is %v when all has been said", left)
		}
	}
}
