package deskapi_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

type responses struct {
	Results []struct {
		QuickResponseArn, QuickResponseID, Name, ShortcutKey, ContentType, Content, Status string
		IsActive                                                                           bool
		Contents                                                                           map[string]struct{ Content string }
		AttributesNotInterpolated                                                          []string
	}
	NextToken *string
}

func (r responses) names() string {
	var all []string
	for _, q := range r.Results {
		all = append(all, q.Name)
	}
	return strings.Join(all, ", ")
}

func TestQuickResponsesAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		dir.Queues["elsewhere"] = &directory.Queue{ID: "elsewhere", Name: "Elsewhere"}
		dir.QuickResponses["theirs"] = &directory.QuickResponse{ID: "theirs", Name: "Theirs", Shortcut: "hi", Content: "Hi!", Queues: []contact.QueueID{"elsewhere"}}
		dir.QuickResponses["ours"] = &directory.QuickResponse{
			ID: "ours", Name: "Ours", Shortcut: "ours", Markdown: true, Queues: []contact.QueueID{seed.DevQueue},
			Content: "**Hi** {{customer.name}}, of {{ attributes.plan }} and {{customer.name}}!",
		}
		ana := servertest.Open(t, servertest.Options{Directory: dir}).Desk("ana")
		same(t, "whether there are any", into[bool](t, ana, "QrIntegrationExists", nil), true)
		same(t, "all", into[responses](t, ana, "QrSearchQuickResponses", nil).names(), "Goodbye, Greeting, One moment, Ours")
		same(t, "by shortcut", into[responses](t, ana, "QrSearchQuickResponses", map[string]string{"query": "/hi"}).names(), "Greeting, Ours")
		found := into[responses](t, ana, "QrSearchQuickResponses", map[string]any{"query": "ours", "contactId": "any", "debounceMS": 250}).Results
		if q := found[0]; q.QuickResponseID != "ours" || !strings.HasPrefix(q.QuickResponseArn, "arn:aws:wisdom:us-west-2:") || q.ShortcutKey != "ours" ||
			q.ContentType != "application/x.quickresponse;format=markdown" || q.Content != q.Contents["markdown"].Content || !q.IsActive || q.Status != "CREATED" ||
			strings.Join(q.AttributesNotInterpolated, " ") != "customer.name attributes.plan" {
			t.Errorf("found %+v", q)
		}
		first := into[responses](t, ana, "QrSearchQuickResponses", map[string]any{"maxResults": 3})
		same(t, "the first page", first.names(), "Goodbye, Greeting, One moment")
		second := into[responses](t, ana, "QrSearchQuickResponses", map[string]any{"maxResults": 3, "nextToken": *first.NextToken})
		same(t, "the second page", second.names(), "Ours")
		if second.NextToken != nil {
			t.Error("there is a third page")
		}
		refused(t, "a token that is none", ana.Do("QrSearchQuickResponses", map[string]string{"nextToken": "x"}), 400, "InvalidStateException")
	})
}

func TestAnInstanceWithoutQuickResponses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		clear(dir.QuickResponses)
		ana := servertest.Open(t, servertest.Options{Directory: dir}).Desk("ana")
		same(t, "whether there are any", into[bool](t, ana, "QrIntegrationExists", nil), false)
		same(t, "all", into[responses](t, ana, "QrSearchQuickResponses", nil).names(), "")
	})
}
