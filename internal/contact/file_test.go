package contact_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
)

func TestFileTypes(t *testing.T) {
	got, err := contact.FileTypes([]string{"jpg", "zip", "dwg=image/vnd.dwg"})
	want := map[string][]string{"jpg": {"image/jpeg"}, "zip": {"application/zip", "application/x-zip-compressed"}, "dwg": {"image/vnd.dwg"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got)\n%s", err, diff)
	}
	if _, err := contact.FileTypes(contact.DefaultFileTypes); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for _, bad := range []string{"", "PDF", ".pdf", "exe", "dwg=", "dwg=dwg", "dwg=image/vnd.dwg; a=b", "htm=text/html", "svg=image/svg+xml", "x=application/xhtml+xml", "js=text/javascript"} {
		if _, err := contact.FileTypes([]string{bad}); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), bad) {
			t.Errorf("%q: error %v, want one that names it", bad, err)
		}
	}
}

// fileRules take small images.
var fileRules = contact.FileRules{MaxBytes: 10, PerChat: 2, Types: map[string][]string{"png": {"image/png"}}}

// withFile is a chat in which the customer has announced a file, and when it is
// due.
func withFile(t *testing.T) (*contact.Chat, contact.File) {
	t.Helper()
	chat := &contact.Chat{
		ID: "c", Phase: contact.InFlow, Contacts: []contact.Segment{{ID: "c"}},
		Participants: []contact.Participant{{ID: "ada", Role: contact.Customer, Name: "Ada", Presence: contact.Present}},
	}
	d := contact.NewDraft(chat, noon)
	f, err := d.Announce(contact.File{ID: "f", By: "ada", Name: "a.png", Type: "image/png", Size: 5, Begun: 1}, &fileRules)
	if err != nil {
		t.Fatal(err)
	}
	return d.Chat(), f
}

// Of two uploads of one file that race, the first one to arrive counts, and the
// key of the other is known until it has been cleared away.
func TestTheFirstUploadCounts(t *testing.T) {
	chat, _ := withFile(t)
	d := contact.NewDraft(chat, noon)
	for _, key := range []string{"slow", "quick"} {
		if _, again, err := d.OpenUpload("f", key); again || err != nil {
			t.Fatalf("open the upload to %s: again %v, error %v", key, again, err)
		}
	}
	if err := d.Arrive("f", "quick", "sum"); err != nil {
		t.Fatal(err)
	}
	if err := d.Arrive("f", "slow", "another"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the slow one: error %v, want a conflict", err)
	}
	if err := d.Complete("ada", "f", 2, 0, 0); err != nil {
		t.Fatal(err)
	}
	f := d.Chat().File("f")
	if f.Key != "quick" || f.Sum != "sum" || f.State != contact.Approved {
		t.Errorf("the file is %+v", f)
	}
	if diff := cmp.Diff([]string{"slow"}, f.Remains(contact.UploadTimer)); diff != "" {
		t.Errorf("remains (-want +got)\n%s", diff)
	}
	d.ClearUpload("f")
	if f := d.Chat().File("f"); f == nil || len(f.Keys) > 0 {
		t.Errorf("afterwards the file is %+v", f)
	}
	if diff := cmp.Diff([]string(nil), chat.File("f").Keys); diff != "" {
		t.Errorf("the draft has written to the chat: %s", diff)
	}
}

func TestAnUploadIsNotBegunForEver(t *testing.T) {
	chat, f := withFile(t)
	d := contact.NewDraft(chat, noon)
	var err error
	for n := 0; err == nil && n < 100; n++ {
		_, _, err = d.OpenUpload("f", strings.Repeat("k", n+1))
	}
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("error %v, want a conflict", err)
	}
	if _, _, err := contact.NewDraft(chat, f.Until).OpenUpload("f", "k"); fault.KindOf(err) != fault.Denied {
		t.Errorf("too late: error %v, want a refusal", err)
	}
	d.ClearUpload("f")
	if f := d.Chat().File("f"); f != nil {
		t.Errorf("what was never sent is there still: %+v", f)
	}
}

// A message of the scanner's that comes late, or twice, changes nothing.
func TestAFileIsJudgedOnce(t *testing.T) {
	chat, _ := withFile(t)
	d := contact.NewDraft(chat, noon)
	if _, _, err := d.OpenUpload("f", "k"); err != nil {
		t.Fatal(err)
	}
	if err := d.Arrive("f", "k", "sum"); err != nil {
		t.Fatal(err)
	}
	d.Judge("f", true, 0)
	if s := d.Chat().File("f").State; s != contact.Arrived {
		t.Errorf("a file that was not sent is %s", s)
	}
	if err := d.Complete("ada", "f", 2, time.Minute, 0); err != nil {
		t.Fatal(err)
	}
	if d.Items() != 0 {
		t.Error("a file that is scanned still is shown")
	}
	d.Judge("f", false, 0)
	d.Judge("f", true, 0)
	d.Rescan("f", noon.Add(time.Hour))
	items := d.Change().Items
	if len(items) != 1 || items[0].Visibility != contact.ToAuthor {
		t.Fatalf("shown are %+v", items)
	}
	want := contact.Shown{ID: "f", Name: "a.png", Type: "image/png", State: contact.Refused}
	if got, ok := items[0].Shown(); !ok || got != want {
		t.Errorf("the item says %+v, want %+v", got, want)
	}
	if _, ok := (&contact.Item{Kind: contact.Message, Text: items[0].Text}).Shown(); ok {
		t.Error("a message is taken for a file")
	}
}
